//! One echo function for every kind of stream: IPv4, IPv6, a Unix socket, a pair of sockets.
//!
//! A *family* says what an address looks like and how bytes find their way (socket(2)). Once there
//! is a connection, nothing of it is left: read and write are the same calls for all. So the
//! [`echo`] of this chapter, which only asks for `Read` and `Write`, serves each of them unchanged.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use ch01_blocking::echo::echo;

/// Nothing here takes long. A demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(5);

const MESSAGE: &[u8] = b"the same bytes for every family";

fn main() -> io::Result<()> {
    tcp("TCP over IPv4", (Ipv4Addr::LOCALHOST, 0).into())?;
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        println!("TCP over IPv6\n  not on this machine: {error}\n");
    } else {
        tcp("TCP over IPv6", (Ipv6Addr::LOCALHOST, 0).into())?;
        an_ipv4_client_of_an_ipv6_socket()?;
        one_socket_or_two()?;
    }
    // Removed with all that is in it when this function ends, also by an error.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("echo.socket");
    unix("a Unix socket with a path", &listen_at(&path)?)?;
    a_path_outlives_its_server(&path)?;
    #[cfg(target_os = "linux")]
    unix_without_a_path()?;
    #[cfg(not(target_os = "linux"))]
    println!("a Unix socket with an abstract name\n  only Linux has those\n");
    a_pair()
}

fn tcp(title: &str, addr: SocketAddr) -> io::Result<()> {
    println!("{title}");
    let listener = TcpListener::bind(addr)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    client.set_read_timeout(Some(PATIENCE))?;
    // The kernel has made the connection already: accept only takes it out of the queue.
    let (server, peer) = listener.accept()?;
    println!("  the server listens on  {}", listener.local_addr()?);
    println!("  it sees its client at  {peer}");
    assert_eq!(peer, client.local_addr()?, "both sides name the same two ends");
    assert_eq!(server.local_addr()?, client.peer_addr()?);
    assert_eq!(peer.ip(), addr.ip());
    served(server, &client, || client.shutdown(Shutdown::Write))
}

/// An IPv6 socket may serve both families: an IPv4 address is then written as `::ffff:a.b.c.d`
/// (RFC 4291, section 2.5.5.2). A server that keeps a list of allowed addresses must know that.
fn an_ipv4_client_of_an_ipv6_socket() -> io::Result<()> {
    println!("an IPv6 socket with an IPv4 client");
    let listener = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None)?;
    let mapped = SocketAddr::from((Ipv4Addr::LOCALHOST.to_ipv6_mapped(), 0));
    // Which default IPV6_V6ONLY has is the system's choice (ipv6(7)). OpenBSD knows only "yes".
    if let Err(error) = listener.set_only_v6(false).and_then(|()| listener.bind(&mapped.into())) {
        println!("  not on this system: {error}\n");
        return Ok(());
    }
    listener.listen(1)?;
    let listener = TcpListener::from(listener);
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, listener.local_addr()?.port()))?;
    client.set_read_timeout(Some(PATIENCE))?;
    let (server, peer) = listener.accept()?;
    println!("  the client says it is  {}", client.local_addr()?);
    println!("  the server sees        {peer}; as IPv4: {}", peer.ip().to_canonical());
    assert!(peer.is_ipv6() && client.local_addr()?.is_ipv4());
    assert_eq!(peer.ip().to_canonical(), client.local_addr()?.ip());
    served(server, &client, || client.shutdown(Shutdown::Write))
}

/// A server on `::`, every address of IPv6, may or may not have those of IPv4 with it. IPV6_V6ONLY
/// says which; unasked, Linux and macOS say they do, the BSDs and Windows that they do not. So a
/// server that cares asks for one or the other, and is the same everywhere.
fn one_socket_or_two() -> io::Result<()> {
    println!("a server on [::], and a client that connects to 127.0.0.1");
    // The same port of IPv4, held by us, so that nobody else answers there.
    let ipv4 = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    ipv4.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let port = ipv4.local_addr()?.as_socket().expect("an IPv4 address").port();
    let only = on_all_addresses(true, port)?;
    let error = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect_err("not its family");
    println!("  IPV6_V6ONLY on:        {error}");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    drop((only, ipv4));
    match on_all_addresses(false, 0) {
        Ok(both) => {
            let client = TcpStream::connect((Ipv4Addr::LOCALHOST, both.local_addr()?.port()))?;
            let (_, peer) = both.accept()?;
            println!("  IPV6_V6ONLY off:       connected, and seen as {peer}\n");
            assert_eq!(peer.ip().to_canonical(), client.local_addr()?.ip());
        }
        Err(error) => println!("  IPV6_V6ONLY off:       not on this system: {error}\n"),
    }
    Ok(())
}

fn on_all_addresses(only_v6: bool, port: u16) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None)?;
    socket.set_only_v6(only_v6)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)).into())?;
    socket.listen(1)?;
    Ok(socket.into())
}

fn unix(title: &str, listener: &UnixListener) -> io::Result<()> {
    println!("{title}");
    let addr = listener.local_addr()?;
    let client = UnixStream::connect_addr(&addr)?;
    client.set_read_timeout(Some(PATIENCE))?;
    let (server, peer) = listener.accept()?;
    match addr.as_pathname().and_then(Path::file_name) {
        Some(name) => {
            println!("  the server listens on  {}, in a folder of its own", name.display());
        }
        None => println!("  the server listens on  {addr:?}"),
    }
    // A client needs no name to be answered, so it is given none. For who it is there are
    // credentials, which the kernel vouches for (unix(7), SO_PEERCRED).
    println!("  it sees its client at  {peer:?}");
    assert!(peer.is_unnamed());
    served(server, &client, || client.shutdown(Shutdown::Write))
}

/// Listens at `path`, also when a server that was killed has left its socket there.
///
/// To take away whatever is there would take a living server's clients from it. So somebody must
/// first fail to answer. (Two servers that start in the same instant can still both find nobody:
/// who must rule that out locks a file next to it, flock(2).)
fn listen_at(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {}
        done => return done,
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        Ok(_) => Err(io::Error::new(ErrorKind::AddrInUse, "a server is listening there")),
        Err(error) => Err(error),
    }
}

fn a_path_outlives_its_server(path: &Path) -> io::Result<()> {
    println!("a path that a server has left behind");
    // The server of that path is gone. A port would be free now; a path is a file, and stays.
    let error = UnixListener::bind(path).expect_err("the file is there");
    println!("  bind:    {error}");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let error = UnixStream::connect(path).expect_err("nobody listens");
    println!("  connect: {error}: nobody is there, so it may be replaced");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let listener = listen_at(path)?;
    let error = listen_at(path).expect_err("it must not be taken from a living server");
    println!("  once more, now with a server: {error}\n");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    drop(listener);
    // What an orderly server does when it stops.
    std::fs::remove_file(path)
}

/// Linux has a second kind of names, which begin with a zero byte and are no files (unix(7)).
#[cfg(target_os = "linux")]
fn unix_without_a_path() -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    // Everybody on the machine shares these names, and no permissions guard them: ours is made
    // unique by the process, as another run may be there at the same time.
    let name = format!("learning-to-wait-{}", std::process::id());
    let addr = std::os::unix::net::SocketAddr::from_abstract_name(&name)?;
    unix("a Unix socket with an abstract name", &UnixListener::bind_addr(&addr)?)?;
    let error = UnixStream::connect_addr(&addr).expect_err("the name has gone with its server");
    println!("that name, when its server has gone");
    println!("  connect: {error}: it was no file, so nothing is left to be replaced\n");
    UnixListener::bind_addr(&addr).map(drop)
}

/// Two sockets that are connected from the start, with no name and no listener: for two threads,
/// or for a process and its child (socketpair(2)).
fn a_pair() -> io::Result<()> {
    println!("a pair of sockets");
    let (client, server) = UnixStream::pair()?;
    client.set_read_timeout(Some(PATIENCE))?;
    println!("  each sees the other at {:?}", server.peer_addr()?);
    assert!(server.peer_addr()?.is_unnamed() && client.peer_addr()?.is_unnamed());
    served(server, &client, || client.shutdown(Shutdown::Write))
}

/// Lets [`echo`] serve `client`, whatever both of them are, and checks what comes back.
fn served<'a, S, C>(server: S, client: &'a C, end: impl Fn() -> io::Result<()>) -> io::Result<()>
where
    S: Read + Write + Send + 'static,
    &'a C: Read + Write,
{
    let serving = thread::spawn(move || {
        let mut echoed = 0;
        echo(server, &mut echoed).map(|()| echoed)
    });
    let mut client = client;
    client.write_all(MESSAGE)?;
    end()?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer)?;
    assert_eq!(answer, MESSAGE);
    let echoed = serving.join().expect("the server does not panic")?;
    assert_eq!(echoed, MESSAGE.len() as u64);
    println!("  echoed {echoed} bytes\n");
    Ok(())
}
