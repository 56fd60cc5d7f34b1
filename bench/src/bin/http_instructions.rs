//! What chapter 5's `proto` takes for a request and its answer, in instructions of the program: counted, not
//! timed, so that it is the same on a busy machine.
//!
//! `cargo run --release -p bench --bin http_instructions`. It needs valgrind, and says so where there
//! is none. The program runs itself under callgrind, a number of requests and twice as many: the
//! difference is the requests alone.

use std::env;
use std::process::ExitCode;

use bench::callgrind::{executed, version};
use bench::operations::http::{BROWSER, SMALL, run};

const REQUESTS: u64 = 2000;

/// What a request may cost beside httparse's share, in hundredths of that; and what an answer may.
const RECEIVE_PERCENT_MAX: u64 = 120;
const ANSWER_MAX: u64 = 400;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let [_, way, request, requests] = &arguments[..] {
        let request = if request == "small" { SMALL } else { BROWSER };
        run(way, request, requests.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    if version().is_err() {
        println!("not counted: there is no valgrind");
        return ExitCode::SUCCESS;
    }
    println!("instructions of the program for one request:");
    println!("{:>10}{:>10}{:>10}{:>10}{:>10}", "", "httparse", "receive", "answer", "hyper");
    for request in ["small", "browser"] {
        let [copy, httparse, receive, all, hyper] =
            ["copy", "httparse", "receive", "all", "hyper"].map(|way| for_one(way, request));
        let (httparse, answer) = (httparse - copy, all - receive);
        let (receive, hyper) = (receive - copy, hyper - copy);
        println!("{request:>10}{httparse:>10}{receive:>10}{answer:>10}{hyper:>10}");
        let ours = receive.saturating_sub(httparse);
        assert!(ours * 100 <= httparse * RECEIVE_PERCENT_MAX, "{ours} to receive a request");
        assert!(answer <= ANSWER_MAX, "{answer} to answer a request");
    }
    ExitCode::SUCCESS
}

fn for_one(way: &str, request: &str) -> u64 {
    let count = |requests: u64| {
        executed(&[way, request, &requests.to_string()]).expect("this program under valgrind")
    };
    (count(2 * REQUESTS) - count(REQUESTS)) / REQUESTS
}
