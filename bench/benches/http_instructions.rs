//! What chapter 5's `proto` takes for a request and its answer, in instructions of the program: counted, not
//! timed, so that it is the same on a busy machine.
//!
//! `cargo bench -p bench --bench http_instructions`. It needs valgrind, and says so where there
//! is none. The program runs itself under callgrind, a number of requests and twice as many: the
//! difference is the requests alone.

use std::env;
use std::process::{Command, ExitCode};

use bench::operations::http::{BROWSER, SMALL, run};

const REQUESTS: usize = 2000;

/// What a request may cost beside httparse's share, in hundredths of that; and what an answer may.
const RECEIVE_PERCENT_MAX: usize = 120;
const ANSWER_MAX: usize = 400;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let [_, way, request, requests] = &arguments[..] {
        let request = if request == "small" { SMALL } else { BROWSER };
        run(way, request, requests.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
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

fn for_one(way: &str, request: &str) -> usize {
    (counted(way, request, 2 * REQUESTS) - counted(way, request, REQUESTS)) / REQUESTS
}

/// Instructions of a whole run.
fn counted(way: &str, request: &str, requests: usize) -> usize {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(env::current_exe().expect("this program"));
    command.args([way, request, &requests.to_string()]);
    let output = command.output().expect("valgrind");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let line = said.lines().find_map(|line| line.split_once("Collected : "));
    line.and_then(|(_, count)| count.trim().parse().ok()).expect("a count")
}
