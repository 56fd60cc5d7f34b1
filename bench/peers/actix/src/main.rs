//! actix-web as a peer of the bench: `GET /` and `POST /echo`, one worker, no middleware.
//!
//! It binds port 0 of the loopback, says `listening 127.0.0.1:PORT`, and serves until it is killed, or its
//! parent dies. Its only argument is the backlog, which is the ladder's.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use actix_web::rt::System;
use actix_web::web::{Bytes, get, post};
use actix_web::{App, HttpServer};
use rustix::process::{Signal, set_parent_process_death_signal};
use socket2::{Domain, Socket, Type};

fn main() -> std::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let backlog = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1024);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(backlog)?;
    // The sockets that it accepts inherit this from the one that listens (tcp(7)).
    socket.set_tcp_nodelay(true)?;
    let listener = TcpListener::from(socket);
    let addr = listener.local_addr()?;
    let app = || {
        App::new()
            .route("/", get().to(async || "hello\n"))
            .route("/echo", post().to(async |body: Bytes| body))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener)?;
    println!("listening {addr}");
    System::new().block_on(server.run())
}
