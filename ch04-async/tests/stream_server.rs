//! Streams over sockets: a server of them, its end, and what its clients do to it.

use std::cell::Cell;
use std::future::{Future, pending};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use ch04_async::net::server::Server;
use ch04_async::net::tcp::TcpListener;
use ch04_async::net::unix::UnixListener;
use ch04_async::streams::{Reader, Writer, open_connection, open_unix_connection, start_server};
use ch04_async::structure::join_all;
use ch04_async::sync::Event;
use ch04_async::{Runtime, timeout, yield_now};

type TcpReader = Reader<std::net::TcpStream>;
type TcpWriter = Writer<std::net::TcpStream>;

/// No test takes as long.
const PATIENCE: Duration = Duration::from_secs(20);

fn run(future: impl Future<Output = io::Result<()>>) {
    let runtime = Runtime::new().expect("a runtime");
    let ended = runtime.block_on(timeout(PATIENCE, future));
    ended.expect("in time").expect("no error");
}

/// A server, and where it is.
async fn serve<F: Future<Output = ()> + 'static>(
    handle: impl FnMut(TcpReader, TcpWriter) -> F + 'static,
) -> io::Result<(Server, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((start_server(listener, handle), address))
}

/// Answers each line by the same in capitals, until there is none.
async fn capitals(mut reader: TcpReader, mut writer: TcpWriter) {
    while let Ok(line) = reader.read_line().await
        && !line.is_empty()
    {
        writer.write(&line.to_ascii_uppercase());
        if writer.drain().await.is_err() {
            return;
        }
    }
    writer.close();
    let _its_loss = writer.wait_closed().await;
}

#[test]
fn clients_are_served_side_by_side_each_with_its_own_lines() {
    run(async {
        let (server, address) = serve(capitals).await?;
        let client = async |number: usize| {
            let (mut reader, mut writer) = open_connection(address).await?;
            for line in 0..20 {
                writer.write(format!("client {number} line {line}\n").as_bytes());
                let answer = reader.read_line().await?;
                assert_eq!(answer, format!("CLIENT {number} LINE {line}\n"));
            }
            writer.write_eof();
            assert_eq!(reader.read_line().await?, "", "and it ends, too");
            io::Result::Ok(())
        };
        let ended = join_all((0..20).map(client)).await;
        ended.into_iter().collect::<io::Result<()>>()?;
        server.close();
        assert_eq!(server.wait_closed().await?.finished, 20);
        Ok(())
    });
}

#[test]
fn a_server_that_is_closed_refuses_new_clients_and_waits_for_those_under_way() {
    run(async {
        let (server, address) = serve(capitals).await?;
        let (mut reader, mut writer) = open_connection(address).await?;
        writer.write(b"here\n");
        assert_eq!(reader.read_line().await?, "HERE\n");
        server.close();
        // The listener is gone a turn later.
        while let Ok(late) = open_connection(address).await {
            drop(late);
            yield_now().await;
        }
        writer.write(b"still here\n");
        assert_eq!(reader.read_line().await?, "STILL HERE\n");
        let mut closed = Box::pin(server.wait_closed());
        assert!(timeout(Duration::ZERO, &mut closed).await.is_err(), "one is under way");
        writer.close();
        closed.await.map(drop)
    });
}

#[test]
fn a_client_that_is_reset_ends_its_own_task_and_no_other() {
    run(async {
        let lost = Rc::new(Cell::new(None));
        let (noted, told) = (Rc::clone(&lost), Rc::new(Event::new()));
        let ended = Rc::clone(&told);
        let (server, address) = serve(move |_reader, mut writer| {
            let (noted, ended) = (Rc::clone(&noted), Rc::clone(&ended));
            async move {
                let error = loop {
                    writer.write(&vec![7; 65536]);
                    if let Err(error) = writer.drain().await {
                        break error;
                    }
                };
                noted.set(Some(error.kind()));
                ended.set();
                // The error stays; nothing waits for ever.
                writer.close();
                assert!(writer.wait_closed().await.is_err());
            }
        })
        .await?;
        let (mut healthy, _writer) = open_connection(address).await?;
        let (mut reset, writer) = open_connection(address).await?;
        reset.read(1).await?;
        // Closed with input unread: the kernel answers what comes by a reset (RFC 1122, 4.2.2.13).
        drop((reset, writer));
        while !told.is_set() {
            healthy.read(65536).await?;
        }
        assert!(matches!(lost.get(), Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)));
        healthy.read(1).await?;
        drop(server);
        Ok(())
    });
}

#[test]
fn a_handler_that_panics_costs_its_own_client_only() {
    run(async {
        let first = Cell::new(true);
        let (server, address) = serve(move |reader, writer| {
            let fails = first.replace(false);
            async move {
                assert!(!fails, "on purpose: the first client's task fails");
                capitals(reader, writer).await;
            }
        })
        .await?;
        let (mut reader, _writer) = open_connection(address).await?;
        assert_eq!(reader.read(1).await?, "", "its connection is closed");
        let (mut reader, mut writer) = open_connection(address).await?;
        writer.write(b"next\n");
        assert_eq!(reader.read_line().await?, "NEXT\n");
        writer.close();
        server.close();
        let counts = server.wait_closed().await?;
        assert_eq!(counts.panicked, 1);
        Ok(())
    });
}

#[test]
fn a_handler_that_waits_for_ever_is_cancelled_after_the_grace_period() {
    run(async {
        let (server, address) = serve(|reader, writer| async move {
            pending::<()>().await;
            drop((reader, writer));
        })
        .await?;
        let (mut reader, _writer) = open_connection(address).await?;
        while server.shutdown().alive() == 0 {
            yield_now().await;
        }
        let counts = server.drain(Duration::from_millis(1)).await?;
        assert_eq!(counts.cancelled, 1);
        assert_eq!(reader.read(1).await?, "", "its connection is closed");
        Ok(())
    });
}

#[test]
fn the_same_streams_go_over_unix_sockets() {
    run(async {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("socket");
        let server =
            start_server(UnixListener::bind(&path)?, |mut reader, mut writer| async move {
                let bytes = reader.read_exact(4).await.expect("four");
                writer.write(&bytes);
                writer.close();
                writer.wait_closed().await.expect("sent");
            });
        let (mut reader, mut writer) = open_unix_connection(&path).await?;
        writer.write(b"unix");
        assert_eq!(reader.read_to_end(100).await?, "unix");
        server.close();
        server.wait_closed().await.map(drop)
    });
}
