//! Who is served when there is no room for all.

use std::io::{ErrorKind, Read};

use ch05_http::settings::Settings;

use super::all::{PATIENCE, SERVERS, answered, ask, client};

#[test]
fn who_comes_when_all_places_are_taken_waits_for_one() {
    for (name, start) in SERVERS {
        let settings = Settings { connections: 2, ..Settings::default() };
        let server = start(settings).expect("a server");
        let connect = || client(&server, PATIENCE).expect("a connection");
        let (mut one, mut two, mut three) = (connect(), connect(), connect());
        ask(&mut three, "/");
        for _ in 0..100 {
            for client in [&mut one, &mut two] {
                ask(client, "/");
                answered(client, "hello\n");
            }
        }
        three.set_nonblocking(true).expect("a socket");
        let early = three.read(&mut [0]).expect_err("there is no place for it");
        assert_eq!(early.kind(), ErrorKind::WouldBlock, "{name}");
        three.set_nonblocking(false).expect("a socket");
        drop(one);
        answered(&mut three, "hello\n");
        drop((two, three));
        assert_eq!(server.stop().expect("an end").accepted, 3, "{name}");
    }
}
