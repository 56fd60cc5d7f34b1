//! `cargo run -p ch02-nonblocking -- list` shows what there is.

fn main() -> std::process::ExitCode {
    ladder::cli::run(&ch02_nonblocking::CHAPTER)
}
