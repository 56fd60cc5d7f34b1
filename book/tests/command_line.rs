//! The tool's command line, seen from outside.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_book")).args(arguments).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_wrong_argument_is_one_line_and_exit_status_2() {
    for (arguments, wrong) in [
        (&["nosuch"][..], "'nosuch'"),
        (&["--nosuch"], "'--nosuch'"),
        (&["serve", "--addr"], "a value is required"),
        (&["exercise", "--restart"], "<NAME>"),
    ] {
        let (code, output, errors) = run(arguments);
        assert_eq!((code, output.as_str(), errors.lines().count()), (Some(2), "", 1), "{errors}");
        assert!(errors.starts_with("book: ") && errors.contains(wrong), "{errors}");
    }
    assert_eq!(run(&["--help"]).0, Some(0), "help that was asked for is no failure");
}

#[test]
fn what_cannot_be_done_is_one_line_and_exit_status_1() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let taken = listener.local_addr().expect("bound").to_string();
    for (arguments, wrong) in [
        (&["serve", "--addr", &taken][..], taken.as_str()),
        // An address of the documentation's network (RFC 5737) is none of ours.
        (&["serve", "--addr", "192.0.2.1:3000"], "192.0.2.1:3000"),
        (&["record", "nosuch"], "nosuch"),
        (&["exercise", "nosuch"], "nosuch"),
        (&["--workspace", "/nosuch", "check"], "/nosuch"),
    ] {
        let (code, output, errors) = run(arguments);
        assert_eq!((code, output.as_str(), errors.lines().count()), (Some(1), "", 1), "{errors}");
        assert!(errors.starts_with("book: ") && errors.contains(wrong), "{errors}");
    }
}
