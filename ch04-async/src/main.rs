//! `cargo run -p ch04-async -- list` shows what there is.

fn main() -> std::process::ExitCode {
    ladder::cli::run(&ch04_async::CHAPTER)
}
