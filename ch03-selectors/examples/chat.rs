//! A chat room: clients exchange lines, framed by a terminator.
//!
//! One of them sends a line without end, and is put out. One never reads: what the others say waits
//! for it up to a bound, and then it is put out, too. The two who talk do not notice.

use std::cell::RefCell;
use std::error::Error;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use ch03_selectors::default_selector;
use ch03_selectors::dispatcher::{AsyncChat, Channel, Chat, Dispatcher, Map, Outbox, Terminator};
use ladder::Stop;

/// A line may be as long; whoever sends a longer one does not chat.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// Nothing here takes as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is here.
#[derive(Default)]
struct Room {
    members: Vec<(u32, Rc<RefCell<Outbox>>)>,
    came: u32,
}

impl Room {
    fn say(&self, from: u32, line: &[u8]) {
        let text = [format!("{from}: ").as_bytes(), line, b"\n"].concat();
        for (_, outbox) in self.members.iter().filter(|(number, _)| *number != from) {
            let mut outbox = outbox.borrow_mut();
            if outbox.push(text.clone()).is_err() {
                // It has not read for a long time, and nobody waits for it.
                outbox.abandon();
            }
        }
    }
}

/// One of them.
struct Member {
    number: u32,
    room: Rc<RefCell<Room>>,
    log: Sender<String>,
}

impl Chat for Member {
    fn found_terminator(
        &mut self,
        line: Vec<u8>,
        _outbox: &mut Outbox,
    ) -> io::Result<Option<Terminator>> {
        self.room.borrow().say(self.number, &line);
        Ok(None)
    }

    fn closed(&mut self, error: Option<io::Error>) {
        let why = error.map_or("in order, or put out".into(), |error| error.to_string());
        // The example may be over.
        let _ = self.log.send(format!("{} has left: {why}", self.number));
        self.room.borrow_mut().members.retain(|(number, _)| *number != self.number);
    }
}

/// The door.
struct Door {
    room: Rc<RefCell<Room>>,
    log: Sender<String>,
}

impl Dispatcher for Door {
    fn handle_accept(&mut self, door: &mut Channel<'_>, client: TcpStream) -> io::Result<()> {
        let mut room = self.room.borrow_mut();
        room.came += 1;
        let number = room.came;
        let member = Member { number, room: Rc::clone(&self.room), log: self.log.clone() };
        let chat = AsyncChat::new(member, Terminator::Bytes(b"\n".to_vec()), LINE_BYTES_MAX);
        chat.outbox().borrow_mut().push(format!("you are {number}\n").into_bytes())?;
        room.members.push((number, chat.outbox()));
        door.add(client, chat);
        Ok(())
    }
}

fn serve(listener: TcpListener, stop: Stop, log: Sender<String>) -> io::Result<()> {
    let mut map = Map::new(default_selector()?);
    let stop = map.watch_stop(stop)?;
    map.listen(listener, Door { room: Rc::default(), log })?;
    map.run_until(&stop)
}

/// A client that blocks, as a person does.
struct Person {
    stream: BufReader<TcpStream>,
}

impl Person {
    fn enter(addr: SocketAddr, number: u32) -> io::Result<Person> {
        let stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut person = Person { stream: BufReader::new(stream) };
        assert_eq!(person.hear()?, format!("you are {number}"));
        Ok(person)
    }

    fn say(&mut self, what: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(what.as_bytes())
    }

    fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    let ((log, logged), stop) = (channel(), Stop::new()?);
    let its_stop = stop.clone();
    let server = thread::spawn(move || serve(listener, its_stop, log));

    let (mut ann, mut bob) = (Person::enter(addr, 1)?, Person::enter(addr, 2)?);
    // A line may come in pieces, and two lines in one.
    ann.say("hel")?;
    ann.say("lo\nhow are you?\n")?;
    for expected in ["1: hello", "1: how are you?"] {
        let heard = bob.hear()?;
        println!("bob hears   {heard}");
        assert_eq!(heard, expected);
    }
    bob.say("fine\n")?;
    let heard = ann.hear()?;
    println!("ann hears   {heard}");
    assert_eq!(heard, "2: fine");

    let mut endless = Person::enter(addr, 3)?;
    endless.say(&"x".repeat(LINE_BYTES_MAX + 1))?;
    let gone = logged.recv_timeout(PATIENCE)?;
    println!("the server  {gone}");
    assert_eq!(gone, format!("3 has left: a message of more than {LINE_BYTES_MAX} bytes"));
    let ended = endless.stream.read(&mut [0]).or_else(|error| match error.kind() {
        ErrorKind::ConnectionReset => Ok(0),
        _ => Err(error),
    });
    assert_eq!(ended?, 0);

    let _silent = Person::enter(addr, 4)?;
    let line = format!("{}\n", "x".repeat(LINE_BYTES_MAX));
    let mut said = 0;
    let gone = loop {
        // Fewer bytes than may wait for one peer, and then bob takes them.
        for _ in 0..16 {
            ann.say(&line)?;
        }
        for _ in 0..16 {
            assert_eq!(bob.hear()?.len(), LINE_BYTES_MAX + "1: ".len());
        }
        said += 16 * line.len();
        if let Ok(gone) = logged.try_recv() {
            break gone;
        }
        assert!(said < 64 << 20, "somebody who never reads is still here");
    };
    println!("ann and bob exchange some MiB, while somebody reads nothing");
    println!("the server  {gone}");
    assert_eq!(gone, "4 has left: in order, or put out");
    ann.say("bye\n")?;
    assert_eq!(bob.hear()?, "1: bye");
    println!("ann and bob have not noticed");

    stop.request();
    server.join().map_err(|_| "the server panicked")??;
    Ok(())
}
