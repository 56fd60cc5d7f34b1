//! What the program of this chapter tells on standard error.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use super::all::PATIENCE;

/// What a server of this name tells of one request, if the variable has this value.
fn told(model: &str, level: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ch05-http"));
    command.args([model, "--addr", "127.0.0.1:0"]).env_remove(ch05_http::log::VARIABLE);
    command.envs(level.map(|level| (ch05_http::log::VARIABLE, level)));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = command.spawn().expect("the program");
    let mut greeting = BufReader::new(server.stdout.take().expect("its output")).lines();
    let addr = greeting.find_map(|line| {
        let line = line.expect("text");
        let word = line.split_whitespace().find(|word| word.contains("127.0.0.1:"))?;
        Some(word.trim_start_matches("http://").trim_end_matches(['/', ',', '.']).to_owned())
    });
    let mut client = TcpStream::connect(addr.expect("an address")).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let request = b"GET /error HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(request).expect("it is read");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    server.kill().expect("it runs");
    let mut told = String::new();
    server.stderr.take().expect("its errors").read_to_string(&mut told).expect("text");
    server.wait().expect("it has ended");
    told
}

#[test]
fn requests_are_told_where_somebody_asks_for_it() {
    for (model, line) in [
        ("threads", "path=/error status=500 bytes=26 whole=true"),
        ("executor", "path=/error status=500 bytes=26 whole=true"),
        ("hyper-executor", "path=/error status=500 bytes=26 whole=true"),
        ("hyper", "path=/error status=500 bytes=26 whole=true"),
        ("axum", "uri=/error"),
    ] {
        let (info, error, nothing) =
            (told(model, Some("info")), told(model, Some("error")), told(model, None));
        assert!(info.contains(line) && info.contains(" INFO "), "{model}: {info}");
        assert!(error.contains("ERROR ") && !error.contains("INFO "), "{model}: {error}");
        assert_eq!(nothing, "", "{model}");
    }
}

#[test]
fn what_is_no_level_is_said_to_be_none() {
    let told = told("executor", Some("loud"));
    assert!(told.contains("RUST_LOG: \"loud\" is none of"), "{told}");
}
