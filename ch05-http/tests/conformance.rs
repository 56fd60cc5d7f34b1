//! Every model of the chapter against every behaviour: `cargo test -p ch05-http hyper::` for one.

fn main() -> std::process::ExitCode {
    ladder::conformance::main(&ch05_http::CHAPTER)
}
