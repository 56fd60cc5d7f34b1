//! `cargo run -p ch01-blocking -- list` shows what there is.

fn main() -> std::process::ExitCode {
    ladder::cli::run(&ch01_blocking::CHAPTER)
}
