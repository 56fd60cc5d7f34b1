//! One runtime, three kinds of sockets: TCP, Unix and UDP; and a server that is closed and waited for.
//!
//! An echo over a stream does not care what kind of stream it is, so both servers have the same
//! one. UDP has no connections: one task and one socket serve everybody.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use ch03_selectors::Source;
use ch04_async::net::server::Server;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::net::udp::UdpSocket;
use ch04_async::net::unix::{UnixListener, UnixStream};
use ch04_async::shutdown::Counts;
use ch04_async::{Async, JoinHandle, Runtime, spawn, yield_now};

const MESSAGE: &[u8] = b"the same bytes by every way";

fn main() -> io::Result<()> {
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let tcp = Server::start(listener, echo::<std::net::TcpStream>);
        asked("TCP", &TcpStream::connect(addr).await?).await?;

        let folder = tempfile::tempdir()?;
        let path = folder.path().join("echo.socket");
        let unix =
            Server::start(UnixListener::bind(&path)?, echo::<std::os::unix::net::UnixStream>);
        asked("Unix", &UnixStream::connect(&path).await?).await?;

        let (to, udp) = udp_echo().await?;
        let client = UdpSocket::connected_to(to).await?;
        client.send(MESSAGE).await?;
        let mut back = [0; 64];
        let read = client.recv(&mut back).await?;
        println!("UDP:  {read} bytes in one message");
        assert_eq!(&back[..read], MESSAGE);
        udp.abort();

        closed_and_waited_for(tcp, addr).await?;
        let counts = unix.drain(std::time::Duration::ZERO).await?;
        println!("Unix: closed, and its path with it: {counts:?}");
        assert_eq!(counts, Counts { finished: 1, ..Counts::default() });
        assert!(!path.exists());
        Ok(())
    })
}

/// Echoes until the client has ended its output, or is gone.
async fn echo<T: Source>(stream: Async<T>)
where
    for<'a> &'a T: io::Read + io::Write,
{
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Sends the message, and reads until it is back. The stream is closed by its owner.
async fn asked<T: Source>(kind: &str, stream: &Async<T>) -> io::Result<()>
where
    for<'a> &'a T: io::Read + io::Write,
{
    stream.write_all(MESSAGE).await?;
    let (mut back, mut buffer) = (Vec::new(), [0; 64]);
    while back.len() < MESSAGE.len() {
        let read = stream.read(&mut buffer).await?;
        assert_ne!(read, 0, "the server waits for us to end");
        back.extend_from_slice(&buffer[..read]);
    }
    println!("{kind}: {} bytes of a stream", back.len());
    assert_eq!(back, MESSAGE);
    Ok(())
}

/// Where it is, and the task.
async fn udp_echo() -> io::Result<(SocketAddr, JoinHandle<io::Result<()>>)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = socket.local_addr()?;
    let task = spawn(async move {
        let mut buffer = [0; 1024];
        loop {
            let message = socket.recv_message(&mut buffer).await?;
            // Half of a message is not an echo of it.
            if !message.truncated {
                socket.send_to(&buffer[..message.len], message.from).await?;
            }
        }
    });
    Ok((addr, task))
}

/// Closing is not the end: it says that nobody new is served. Whoever is there is served on.
async fn closed_and_waited_for(server: Server, addr: SocketAddr) -> io::Result<()> {
    let client = TcpStream::connect(addr).await?;
    asked("TCP", &client).await?;
    server.close();
    let closing = spawn(server.wait_closed());
    while TcpStream::connect(addr).await.is_ok() {
        yield_now().await;
    }
    println!("TCP:  closed: a new client is refused");
    asked("TCP", &client).await?;
    assert!(!closing.is_finished());
    drop(client);
    let counts = closing.await.map_err(io::Error::other)??;
    println!("TCP:  the last one is gone: {counts:?}");
    assert_eq!((counts.cancelled, counts.panicked), (0, 0));
    Ok(())
}
