//! `cargo run --release -p bench` compares all models; `-- --help` says what else it can do.

fn main() -> std::process::ExitCode {
    bench::run(bench::CHAPTERS)
}
