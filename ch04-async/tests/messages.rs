//! What UDP, Unix sockets and pipes promise.

mod support;

use std::fs;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::os::unix::net as blocking;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use ch04_async::net::pipe::pipe;
use ch04_async::net::udp::UdpSocket;
use ch04_async::net::unix::{UnixDatagram, UnixListener, UnixStream};
use ch04_async::{spawn, timeout, yield_now};
use futures_util::io::AsyncWriteExt;
#[cfg(target_os = "linux")]
use socket2::{Domain, SockAddr, Socket, Type};
use support::run;

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

async fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    let mut future = Some(future);
    poll_fn(|context| Poll::Ready(future.take().expect("once").poll(context))).await
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn udp_messages_keep_their_bounds_and_tell_who_sent_them() {
    run(async {
        let server = UdpSocket::bind(ANY_PORT).await.unwrap();
        let client = UdpSocket::bind(ANY_PORT).await.unwrap();
        let (to, from) = (server.local_addr().unwrap(), client.local_addr().unwrap());
        let mut buffer = [0; 16];
        assert!(poll_once(pin!(server.recv_from(&mut buffer))).await.is_pending());
        // An empty message is a message.
        for message in [&b"one"[..], b"", b"three"] {
            assert_eq!(client.send_to(message, to).await.unwrap(), message.len());
        }
        for message in [&b"one"[..], b"", b"three"] {
            let (read, sender) = server.recv_from(&mut buffer).await.unwrap();
            assert_eq!((&buffer[..read], sender), (message, from));
        }
    });
}

#[test]
fn a_udp_message_that_was_cut_off_says_so() {
    run(async {
        let server = UdpSocket::bind(ANY_PORT).await.unwrap();
        let client = UdpSocket::connected_to(server.local_addr().unwrap()).await.unwrap();
        let mut buffer = [0; 4];
        for (message, truncated) in [(&b"fits"[..], false), (b"too long", true)] {
            client.send(message).await.unwrap();
            let got = server.recv_message(&mut buffer).await.unwrap();
            assert_eq!((got.len, got.truncated), (4, truncated));
            assert_eq!(&buffer, &message[..4]);
            assert_eq!(got.from.port(), client.local_addr().unwrap().port());
        }
    });
}

#[test]
fn a_connected_udp_socket_hears_of_one_peer_only_and_of_a_port_that_refuses() {
    run(async {
        let peer = UdpSocket::bind(ANY_PORT).await.unwrap();
        let addr = peer.local_addr().unwrap();
        let client = UdpSocket::connected_to(addr).await.unwrap();
        let stranger = UdpSocket::bind(ANY_PORT).await.unwrap();
        let to = client.local_addr().unwrap();
        stranger.send_to(b"spam", to).await.unwrap();
        peer.send_to(b"mail", to).await.unwrap();
        let mut buffer = [0; 16];
        let read = client.recv(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..read], b"mail");
        drop(peer);
        // Its port is closed now: the refusal comes back, as an error of the next call.
        client.send(b"anybody?").await.unwrap();
        let error = client.recv(&mut buffer).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_path_that_a_killed_server_has_left_behind_is_taken_over() {
    run(async {
        let folder = folder();
        let path = folder.path().join("socket");
        drop(blocking::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "std leaves it");
        let listener = UnixListener::bind(&path).expect("nobody listens there");
        let client = UnixStream::connect(&path).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        client.write_all(b"hello").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(server.read(&mut buffer).await.unwrap(), 5);
        drop(listener);
        assert!(!path.exists(), "an orderly end leaves nothing behind");
    });
}

/// Elsewhere a full queue cannot be told from no server, when it stays full.
#[cfg(target_os = "linux")]
#[test]
fn the_path_of_a_living_server_is_left_alone_even_when_its_queue_is_full() {
    run(async {
        let folder = folder();
        let path = folder.path().join("socket");
        let living = short_queue(&path);
        let mut clients = Vec::new();
        for _ in 0..2 {
            let error = UnixListener::bind(&path).expect_err("somebody listens there");
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            while let Ok(client) = caller(&path) {
                clients.push(client);
                if clients.len() == 64 {
                    break;
                }
            }
        }
        drop(living);
    });
}

/// A listener whose queue is full soon.
#[cfg(target_os = "linux")]
fn short_queue(path: &std::path::Path) -> blocking::UnixListener {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket.bind(&SockAddr::unix(path).unwrap()).unwrap();
    socket.listen(1).unwrap();
    socket.into()
}

/// A client that does not wait.
#[cfg(target_os = "linux")]
fn caller(path: &std::path::Path) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(socket)
}

#[test]
fn the_path_of_a_living_server_is_left_alone() {
    run(async {
        let folder = folder();
        let path = folder.path().join("socket");
        let _living = UnixListener::bind(&path).unwrap();
        let error = UnixListener::bind(&path).expect_err("somebody listens there");
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        UnixStream::connect(&path).await.expect("it still does");
    });
}

#[test]
fn only_ones_own_socket_is_removed() {
    run(async {
        let folder = folder();
        let path = folder.path().join("socket");
        fs::write(&path, "a file of somebody's").unwrap();
        let error = UnixListener::bind(&path).expect_err("no socket, so not to be replaced");
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(path.exists());
        fs::remove_file(&path).unwrap();

        let old = UnixListener::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let _new = UnixListener::bind(&path).unwrap();
        drop(old);
        UnixStream::connect(&path).await.expect("the new one is still there");
    });
}

/// Elsewhere a full queue refuses.
#[cfg(target_os = "linux")]
#[test]
fn a_connect_waits_while_the_queue_of_a_unix_server_is_full() {
    run(async {
        let folder = folder();
        let path = folder.path().join("socket");
        let listener = UnixListener::from_std(short_queue(&path)).unwrap();
        let mut queued = Vec::new();
        while let Ok(client) = caller(&path) {
            queued.push(client);
            assert!(queued.len() < 64, "a queue has an end");
        }
        let waiting = spawn(async move { UnixStream::connect(&path).await });
        ch04_async::sleep(Duration::from_millis(10)).await;
        assert!(!waiting.is_finished());
        let mut accepted = Vec::new();
        for _ in 0..=queued.len() {
            accepted.push(listener.accept().await.unwrap());
        }
        waiting.await.unwrap().expect("there was room at last");
    });
}

#[test]
fn a_unix_pair_ends_one_direction_at_a_time() {
    run(async {
        let (one, other) = UnixStream::pair().unwrap();
        one.write_all(b"last words").await.unwrap();
        one.end_output().unwrap();
        let mut buffer = [0; 16];
        assert_eq!(other.read(&mut buffer).await.unwrap(), 10);
        assert_eq!(other.read(&mut buffer).await.unwrap(), 0);
        other.write_all(b"answer").await.unwrap();
        assert_eq!(one.read(&mut buffer).await.unwrap(), 6);
        let error = UnixStream::connect("/nonexistent/socket").await.expect_err("no such path");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}

#[test]
fn unix_messages_find_their_way_by_path_and_back() {
    run(async {
        let folder = folder();
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        let server = UnixDatagram::bind(&there).unwrap();
        let client = UnixDatagram::bind(&here).unwrap();
        client.send_to(b"question", &there).await.unwrap();
        let mut buffer = [0; 16];
        let (read, from) = server.recv_from(&mut buffer).await.unwrap();
        assert_eq!((&buffer[..read], from.as_pathname()), (&b"question"[..], Some(&*here)));
        server.send_to(b"answer", from.as_pathname().unwrap()).await.unwrap();
        assert_eq!(client.recv(&mut buffer).await.unwrap(), 6);
        let (_, nameless) = {
            UnixDatagram::unbound().unwrap().send_to(b"?", &there).await.unwrap();
            server.recv_from(&mut buffer).await.unwrap()
        };
        assert!(nameless.is_unnamed());
    });
}

#[test]
fn no_unix_message_is_lost_however_late_they_are_received() {
    const MESSAGES: usize = 2000;
    run(async {
        let folder = folder();
        let path = folder.path().join("late");
        let server = UnixDatagram::bind(&path).unwrap();
        let (one, other) = UnixDatagram::pair().unwrap();
        // Once to a path, where nobody tells that there is room, and once to a peer.
        let by_path = spawn(async move {
            let client = UnixDatagram::unbound().unwrap();
            for _ in 0..MESSAGES {
                client.send_to(b"message", &path).await.unwrap();
            }
        });
        let to_peer = spawn(async move {
            for _ in 0..MESSAGES {
                one.send(b"message").await.unwrap();
            }
        });
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(!by_path.is_finished() && !to_peer.is_finished(), "both queues are full");
        for socket in [server, other] {
            for _ in 0..MESSAGES {
                assert_eq!(socket.recv(&mut [0; 16]).await.unwrap(), 7);
            }
        }
        by_path.await.unwrap();
        to_peer.await.unwrap();
    });
}

#[test]
fn a_pipe_carries_more_than_it_holds_and_ends_with_its_writer() {
    run(async {
        let (reader, writer) = pipe().unwrap();
        let sent: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let message = sent.clone();
        let sending = spawn(async move { writer.write_all(&message).await });
        let (mut got, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match reader.read(&mut buffer).await.unwrap() {
                0 => break,
                read => got.extend_from_slice(&buffer[..read]),
            }
        }
        assert!(got == sent);
        sending.await.unwrap().unwrap();
    });
}

#[test]
fn a_pipe_without_a_reader_is_an_error_and_a_closed_writer_too() {
    run(async {
        let (reader, mut writer) = pipe().unwrap();
        // A writer that waits for room hears of it, too.
        while poll_once(pin!(writer.write(&[7; 4096]))).await.is_ready() {}
        let mut waiting = Box::pin(writer.write(b"?"));
        assert!(poll_once(waiting.as_mut()).await.is_pending());
        drop(reader);
        let error = waiting.await.expect_err("nobody reads");
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);

        let (reader, mut other) = pipe().unwrap();
        other.close().await.unwrap();
        assert_eq!(reader.read(&mut [0]).await.unwrap(), 0, "closing is the end of a pipe");
        assert_eq!(other.write(b"?").await.expect_err("closed").kind(), ErrorKind::BrokenPipe);
        writer.close().await.unwrap();
    });
}

#[test]
fn a_read_that_is_given_up_leaves_the_message() {
    run(async {
        let (one, other) = UnixDatagram::pair().unwrap();
        for _ in 0..3 {
            let given_up = timeout(Duration::from_millis(1), one.recv(&mut [0; 8])).await;
            assert!(given_up.is_err());
            other.send(b"kept").await.unwrap();
            assert_eq!(one.recv(&mut [0; 8]).await.unwrap(), 4);
        }
    });
}
