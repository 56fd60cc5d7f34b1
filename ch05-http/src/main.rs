//! `cargo run -p ch05-http -- list` shows what there is. `RUST_LOG=info` has it tell of each request.

fn main() -> std::process::ExitCode {
    ch05_http::log::to_stderr();
    ladder::cli::run(&ch05_http::CHAPTER)
}
