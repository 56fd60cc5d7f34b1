//! What the sockets promise: connecting, waiting, sharing, splitting, and the traits of others.

mod elsewhere;
#[path = "../support/mod.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use ch04_async::net::lookup::lookup_host;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::{Async, spawn, timeout, yield_now};
use futures_util::StreamExt;
use futures_util::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use socket2::{Domain, SockRef, Socket, Type};
use support::run;

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A connected pair.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(ANY_PORT).await.expect("a port");
    let addr = listener.local_addr().expect("bound");
    let client = TcpStream::connect(addr).await.expect("listening");
    let (server, _) = listener.accept().await.expect("the client");
    (client, server)
}

/// A port that refuses: bound, so that nobody else takes it, and not listening.
fn closed_port() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(ANY_PORT).into()).expect("a port");
    let addr = socket.local_addr().expect("bound").as_socket().expect("IPv4");
    (socket, addr)
}

/// Polls once.
async fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let mut future = Some(future);
    poll_fn(|context| Poll::Ready(future.take().expect("once").poll(context))).await
}

#[test]
fn a_list_of_addresses_is_tried_in_order_until_one_answers() {
    run(async {
        let (_closed, refuses) = closed_port();
        let first = TcpListener::bind(ANY_PORT).await.expect("a port");
        let second = TcpListener::bind(ANY_PORT).await.expect("a port");
        let addrs = [refuses, first.local_addr().unwrap(), second.local_addr().unwrap()];
        let client = TcpStream::connect(&addrs[..]).await.expect("the second answers");
        assert_eq!(client.peer_addr().unwrap(), addrs[1]);
        let (server, peer) = first.accept().await.expect("it called here");
        assert_eq!(peer, client.local_addr().unwrap());
        for stream in [&client, &server] {
            assert!(SockRef::from(stream.get_ref()).tcp_nodelay().unwrap());
        }
    });
}

#[test]
fn a_connect_that_is_refused_says_so_and_one_to_nowhere_too() {
    run(async {
        let (_closed, refuses) = closed_port();
        let error = TcpStream::connect(refuses).await.expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = TcpStream::connect(&[][..]).await.expect_err("nowhere to go");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_connect_that_waits_stops_nobody_and_can_be_given_up() {
    run(async {
        // A queue for one, and nobody accepts: soon a handshake has to wait.
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        listener.bind(&SocketAddr::from(ANY_PORT).into()).expect("a port");
        listener.listen(1).expect("listening");
        let addr = listener.local_addr().unwrap().as_socket().unwrap();
        let mut connected = Vec::new();
        // The sleep of the timeout is what goes on meanwhile.
        let soon = Duration::from_millis(100);
        while let Ok(stream) = timeout(soon, TcpStream::connect(addr)).await {
            connected.push(stream.expect("queued"));
            if connected.len() == 64 {
                // Another system may answer as often as it likes.
                assert_ne!(std::env::consts::OS, "linux");
                break;
            }
        }
    });
}

#[test]
fn several_buffers_are_one_message() {
    run(async {
        let (client, server) = pair().await;
        let parts = [IoSlice::new(b"one "), IoSlice::new(b"message")];
        assert_eq!(client.write_vectored(&parts).await.unwrap(), 11);
        let (mut head, mut body) = ([0; 4], [0; 20]);
        let mut into = [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
        assert_eq!(server.read_vectored(&mut into).await.unwrap(), 11);
        assert_eq!((&head, &body[..7]), (b"one ", &b"message"[..]));
    });
}

#[test]
fn a_peek_leaves_the_bytes_to_the_next_read() {
    run(async {
        let (client, server) = pair().await;
        let mut buffer = [0; 8];
        {
            let mut early = pin!(server.peek(&mut buffer));
            assert!(poll_once(early.as_mut()).await.is_pending());
            client.write_all(b"kept").await.unwrap();
            assert_eq!(early.await.unwrap(), 4);
        }
        assert_eq!(server.peek(&mut buffer).await.unwrap(), 4);
        assert_eq!(server.read(&mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer[..4], b"kept");
    });
}

#[test]
fn readable_tells_of_now_and_not_of_an_edge_that_was_used_up() {
    run(async {
        let (client, server) = pair().await;
        assert!(poll_once(pin!(server.readable())).await.is_pending());
        client.write_all(b"ab").await.unwrap();
        server.readable().await.unwrap();
        server.readable().await.unwrap();
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 2);
        // The edge has come, and nobody has seen `WouldBlock` yet.
        let mut again = pin!(server.readable());
        assert!(poll_once(again.as_mut()).await.is_pending());
        drop(client);
        again.await.expect("the end of input is something to read");
    });
}

#[test]
fn writable_waits_for_room() {
    run(async {
        let (client, server) = pair().await;
        server.writable().await.unwrap();
        let (chunk, mut sent) = (vec![7; 65536], 0);
        loop {
            let mut write = pin!(client.write(&chunk));
            match poll_once(write.as_mut()).await {
                Poll::Ready(written) => sent += written.unwrap(),
                // The peer's kernel may still be making room.
                Poll::Pending => match timeout(Duration::from_millis(50), write).await {
                    Ok(written) => sent += written.unwrap(),
                    Err(_) => break,
                },
            }
        }
        let mut room = pin!(client.writable());
        assert!(poll_once(room.as_mut()).await.is_pending());
        let mut read = 0;
        let mut buffer = vec![0; 65536];
        while read < sent {
            read += server.read(&mut buffer).await.unwrap();
        }
        room.await.unwrap();
    });
}

#[test]
fn all_tasks_that_wait_on_one_socket_are_served() {
    run(async {
        let (client, server) = pair().await;
        let server = Rc::new(server);
        let got = Rc::new(RefCell::new(Vec::new()));
        let readers: Vec<_> = (0..20)
            .map(|_| {
                let (server, got) = (Rc::clone(&server), Rc::clone(&got));
                spawn(async move {
                    let mut byte = [0];
                    assert_eq!(server.read(&mut byte).await.unwrap(), 1);
                    got.borrow_mut().push(byte[0]);
                })
            })
            .collect();
        yield_now().await;
        // All at once: one edge for twenty.
        client.write_all(&(0..20).collect::<Vec<u8>>()).await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
        got.borrow_mut().sort_unstable();
        assert_eq!(*got.borrow(), (0..20).collect::<Vec<u8>>());
    });
}

#[test]
fn all_tasks_that_wait_on_one_listener_get_a_client() {
    run(async {
        let listener = Rc::new(TcpListener::bind(ANY_PORT).await.unwrap());
        let addr = listener.local_addr().unwrap();
        let acceptors: Vec<_> = (0..20)
            .map(|_| {
                let listener = Rc::clone(&listener);
                spawn(async move { listener.accept().await.unwrap().1 })
            })
            .collect();
        yield_now().await;
        // Without a turn of the loop in between, so that they are one edge.
        let clients: Vec<_> =
            (0..20).map(|_| std::net::TcpStream::connect(addr).unwrap()).collect();
        let mut seen = Vec::new();
        for acceptor in acceptors {
            seen.push(acceptor.await.unwrap());
        }
        let mut called: Vec<_> = clients.iter().map(|one| one.local_addr().unwrap()).collect();
        seen.sort_unstable();
        called.sort_unstable();
        assert_eq!(seen, called);
    });
}

#[test]
fn a_reader_and_a_writer_of_one_socket_do_not_disturb_each_other() {
    run(async {
        let (client, server) = pair().await;
        let message: Vec<u8> = (0..4_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let client = Rc::new(client);
        // The server reads nothing before it has written everything: both must go on at once.
        let reader = Rc::clone(&client);
        let length = message.len();
        let reading = spawn(async move {
            let (mut got, mut buffer) = (Vec::new(), vec![0; 65536]);
            while got.len() < length {
                let read = reader.read(&mut buffer).await.unwrap();
                got.extend_from_slice(&buffer[..read]);
            }
            got
        });
        let (sent, received) = (message.clone(), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&received);
        let serving = spawn(async move {
            server.write_all(&sent).await.unwrap();
            let mut buffer = vec![0; 65536];
            while counted.get() < sent.len() {
                counted.set(counted.get() + server.read(&mut buffer).await.unwrap());
            }
        });
        client.write_all(&message).await.unwrap();
        assert_eq!(reading.await.unwrap(), message);
        serving.await.unwrap();
        assert_eq!(received.get(), length);
    });
}

#[test]
fn an_aborted_task_takes_its_socket_with_it_and_the_next_owner_of_the_number_hears_nothing_of_it() {
    run(async {
        for round in 0..200_u8 {
            let (mut old, waits) = std_pair();
            let waits = Async::new(waits).unwrap();
            let task = spawn(async move { waits.read(&mut [0; 8]).await });
            yield_now().await;
            // An event is under way to a socket that is closed before it comes.
            old.write_all(b"late").unwrap();
            task.abort();
            assert!(task.await.expect_err("aborted").is_cancelled());
            // Closed: with bytes that nobody has read, that is a reset.
            let gone = old.read(&mut [0; 8]);
            assert!(matches!(&gone, Ok(0)) || gone.is_err(), "{gone:?}");

            let (mut new, next) = std_pair();
            let next = Async::new(next).unwrap();
            let mut byte = [0];
            {
                let mut reading = pin!(next.read(&mut byte));
                assert!(poll_once(reading.as_mut()).await.is_pending(), "nothing was sent to it");
                yield_now().await;
                assert!(poll_once(reading.as_mut()).await.is_pending());
                new.write_all(&[round]).unwrap();
                assert_eq!(reading.await.unwrap(), 1);
            }
            assert_eq!(byte, [round]);
        }
    });
}

fn std_pair() -> (std::net::TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    (client, server)
}

#[test]
fn a_socket_registered_twice_is_refused_or_both_are_served() {
    run(async {
        let (mut peer, socket) = std_pair();
        let twin = socket.try_clone().unwrap();
        let (one, other) = (Async::new(socket).unwrap(), Async::new(twin).unwrap());
        for stream in [&one, &other] {
            let mut byte = [0];
            let mut reading = pin!(stream.read(&mut byte));
            assert!(poll_once(reading.as_mut()).await.is_pending());
            peer.write_all(b"x").unwrap();
            assert_eq!(reading.await.unwrap(), 1);
        }
        // The first one's drop takes nothing from the second.
        drop(one);
        let mut byte = [0];
        let mut reading = pin!(other.read(&mut byte));
        assert!(poll_once(reading.as_mut()).await.is_pending());
        peer.write_all(b"x").unwrap();
        assert_eq!(reading.await.unwrap(), 1);
    });
}

#[test]
fn borrowed_halves_work_side_by_side_and_their_drop_ends_nothing() {
    run(async {
        let (mut client, server) = pair().await;
        let echo = spawn(async move {
            let mut buffer = [0; 16];
            while let Ok(read @ 1..) = server.read(&mut buffer).await {
                server.write_all(&buffer[..read]).await.unwrap();
            }
        });
        for word in [b"one", b"two"] {
            let (mut reading, mut writing) = client.halves();
            writing.write_all(word).await.unwrap();
            let mut back = [0; 3];
            AsyncReadExt::read_exact(&mut reading, &mut back).await.unwrap();
            assert_eq!(&back, word);
        }
        client.shutdown(std::net::Shutdown::Write).unwrap();
        echo.await.unwrap();
    });
}

#[test]
fn dropping_the_owned_writing_half_ends_the_output_and_the_input_goes_on() {
    run(async {
        let (client, server) = pair().await;
        let (reading, mut writing) = client.into_halves();
        let writer = spawn(async move { writing.write_all(b"question").await });
        let mut question = Vec::new();
        (&server).read_to_end(&mut question).await.expect("its end comes with the half's drop");
        assert_eq!(question, b"question");
        writer.await.unwrap().unwrap();
        server.write_all(b"answer").await.unwrap();
        drop(server);
        let mut answer = String::new();
        let mut reading = reading;
        reading.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "answer");
    });
}

#[test]
fn dropping_the_owned_reading_half_ends_nothing() {
    run(async {
        let (client, server) = pair().await;
        let (reading, mut writing) = client.into_halves();
        drop(reading);
        writing.write_all(b"still here").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(server.read(&mut buffer).await.unwrap(), 10);
        drop(writing);
        assert_eq!(server.read(&mut buffer).await.unwrap(), 0);
    });
}

#[test]
fn halves_of_one_connection_go_together_again_and_others_do_not() {
    run(async {
        let (client, server) = pair().await;
        let ((client_in, client_out), (server_in, server_out)) =
            (client.into_halves(), server.into_halves());
        let (server_in, client_out) = client_out.reunite(server_in).expect_err("not a pair");
        let client = client_out.reunite(client_in).expect("a pair");
        let server = server_out.reunite(server_in).expect("a pair");
        client.write_all(b"not ended").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(server.read(&mut buffer).await.unwrap(), 9);
        assert!(poll_once(pin!(server.read(&mut buffer))).await.is_pending());
    });
}

#[test]
fn the_adapters_of_futures_util_work_on_these_streams() {
    run(async {
        let (client, server) = pair().await;
        let echo = spawn(async move {
            let (reading, mut writing) = server.into_halves();
            copy(BufReader::new(reading), &mut writing).await
        });
        let (reading, mut writing) = client.into_halves();
        let sender = spawn(async move {
            for number in 0..1000 {
                AsyncWriteExt::write_all(&mut writing, format!("line {number}\n").as_bytes())
                    .await?;
            }
            // It closes the output, and says so by the same trait.
            writing.close().await
        });
        let mut lines = BufReader::new(reading).lines();
        for number in 0..1000 {
            let line = lines.next().await.expect("a line").expect("no error");
            assert_eq!(line, format!("line {number}"));
        }
        assert!(lines.next().await.is_none());
        sender.await.unwrap().unwrap();
        let sent: u64 = (0..1000).map(|number| format!("line {number}\n").len() as u64).sum();
        assert_eq!(echo.await.unwrap().unwrap(), sent);
    });
}

#[test]
fn a_write_to_a_client_that_is_gone_is_an_error_and_no_signal() {
    run(async {
        let (client, server) = pair().await;
        SockRef::from(client.get_ref()).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        let error = loop {
            match server.write(b"anybody there?").await {
                Ok(_) => yield_now().await,
                Err(error) => break error,
            }
        };
        assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe));
        // There is nothing left to end, and that is no error.
        server.end_output().unwrap();
    });
}

#[test]
fn a_reading_task_is_woken_by_a_shutdown_of_its_own_side() {
    run(async {
        let (_client, server) = pair().await;
        let server = Rc::new(server);
        let reader = Rc::clone(&server);
        let reading = spawn(async move { reader.read(&mut [0; 8]).await });
        yield_now().await;
        server.shutdown(std::net::Shutdown::Both).unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn names_are_looked_up_and_figures_are_only_read() {
    run(async {
        let literal = lookup_host("127.0.0.1:7000").await.unwrap();
        assert_eq!(literal, [SocketAddr::from((Ipv4Addr::LOCALHOST, 7000))]);
        assert_eq!(lookup_host(("::1", 7)).await.unwrap(), ["[::1]:7".parse().unwrap()]);
        let found = lookup_host("localhost:7000").await.expect("in the hosts file");
        assert!(!found.is_empty());
        assert!(found.iter().all(|addr| addr.ip().is_loopback() && addr.port() == 7000));
        let error = lookup_host(("two..dots", 80)).await.expect_err("no label is empty");
        assert!(error.to_string().starts_with("two..dots: "), "{error}");
        let error = lookup_host("no port").await.expect_err("no address");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    });
}

#[test]
fn any_call_can_be_awaited() {
    run(async {
        // A descriptor of which this crate knows nothing: a socket of socket2.
        let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        one.set_nonblocking(true).unwrap();
        let one = Async::new(std::os::fd::OwnedFd::from(one)).unwrap();
        let mut room = [std::mem::MaybeUninit::uninit(); 8];
        let mut receiving = pin!(one.read_with(|fd| SockRef::from(fd).recv(&mut room)));
        assert!(poll_once(receiving.as_mut()).await.is_pending());
        let sender = std::thread::spawn(move || other.send(b"hello"));
        assert_eq!(receiving.await.unwrap(), 5);
        assert_eq!(sender.join().unwrap().unwrap(), 5);
    });
}
