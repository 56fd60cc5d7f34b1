//! Ctrl-C, and an end in good order: no new connections; those under way finish; and whoever is not
//! done when the grace period is over is cancelled.
//!
//! Three clients are connected when the signal comes. One has been answered, and is only there. Two
//! have sent half of a line: one of them sends the rest when it hears the bell, the other one never
//! does. Each of the three ends in its own way, and is counted.

use std::cell::Cell;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch04_async::net::server::accept_until_begun;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::shutdown::{Counts, Shutdown};
use ch04_async::signal::ctrl_c;
use ch04_async::{Runtime, sleep, spawn};
use futures_util::io::{AsyncBufReadExt, BufReader};
use rustix::process::{Signal, getpid, kill_process};

/// A real server would give some seconds.
const GRACE_PERIOD: Duration = Duration::from_millis(500);

/// How often to look whether the others have got on.
const LOOK: Duration = Duration::from_millis(1);

fn main() -> Result<(), Box<dyn Error>> {
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let server = Server::default();
        let interrupted = ctrl_c();
        let clients = spawn(clients(addr, server.clone()));

        let serving = server.clone();
        let handle = move |stream| serving.clone().serve(stream);
        let accepting = spawn(accept_until_begun(server.shutdown.clone(), listener, handle));
        interrupted.await?;
        println!("server: Ctrl-C, with {} clients", server.shutdown.alive());
        let began = Instant::now();
        server.shutdown.begin();
        accepting.await??;
        println!("server: the listener is closed");
        let error = TcpStream::connect(addr).await.expect_err("nobody listens");
        println!("a new client: {error}");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);

        let counts = server.shutdown.drain(GRACE_PERIOD).await;
        println!("server: after {} ms: {counts:?}", began.elapsed().as_millis());
        assert_eq!(counts, Counts { finished: 1, drained: 2, cancelled: 1, panicked: 0 });
        assert!(began.elapsed() >= GRACE_PERIOD, "the silent one had all of its time");
        clients.await??;
        Ok(())
    })
}

#[derive(Clone, Default)]
struct Server {
    shutdown: Shutdown,
    /// Lines of which something has come.
    lines: Rc<Cell<usize>>,
}

impl Server {
    /// Answers each line with its length.
    async fn serve(self, stream: TcpStream) {
        let mut reading = BufReader::new(&stream);
        let mut line = String::new();
        loop {
            // Between two lines we owe nothing, and may leave. `fill_buf` takes no byte away, so
            // nothing is lost by giving it up.
            match self.shutdown.until_begun(reading.fill_buf()).await {
                Some(Ok(begun)) if !begun.is_empty() => self.lines.set(self.lines.get() + 1),
                _ => return,
            }
            line.clear();
            let read = reading.read_line(&mut line).await;
            let answer = format!("{} bytes\n", line.len());
            // A client that fails is gone, and nobody else's business.
            if read.is_err() || stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

async fn clients(addr: SocketAddr, server: Server) -> io::Result<()> {
    let leaves = ask(addr, "I am leaving\n").await?;
    assert_eq!(answer(&leaves).await?, "13 bytes\n");
    drop(leaves);
    let idle = ask(addr, "I stay\n").await?;
    assert_eq!(answer(&idle).await?, "7 bytes\n");
    let late = ask(addr, "half of ").await?;
    let silent = ask(addr, "never more than half of ").await?;
    while server.lines.get() < 4 || server.shutdown.alive() > 3 {
        sleep(LOOK).await;
    }
    // The terminal would send it to every process in the foreground.
    kill_process(getpid(), Signal::INT)?;
    server.shutdown.begun().await;

    assert_eq!(answer(&idle).await?, "", "nothing was owed to it");
    println!("the idle client: closed at once");
    late.write_all(b"a line\n").await?;
    let answered = answer(&late).await?;
    println!("the late client: {answered:?}, and closed");
    assert_eq!(answered, "15 bytes\n");
    assert_eq!(answer(&late).await?, "");
    let cut = silent.read(&mut [0]).await;
    println!("the silent client: {cut:?}, cut off");
    assert!(matches!(cut, Ok(0)));
    Ok(())
}

async fn ask(addr: SocketAddr, question: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(addr).await?;
    stream.write_all(question.as_bytes()).await?;
    Ok(stream)
}

/// A line of the server's; nothing when it has closed the connection.
async fn answer(stream: &TcpStream) -> io::Result<String> {
    let mut line = String::new();
    // The server sends one line at a time, so the buffer takes nothing that comes later.
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line)
}
