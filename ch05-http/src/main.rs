//! `cargo run -p ch05-http -- list` shows what there is.

fn main() -> std::process::ExitCode {
    ladder::cli::run(&ch05_http::CHAPTER)
}
