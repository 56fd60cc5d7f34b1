//! A request's way through chapter 5's `proto`, by criterion: from bytes to a head, and to an answer.
//! Beside it `httparse` alone, which is a part of it, and hyper's connection, which does the same and
//! more.
//!
//! One iteration is one request, in memory alone. `cargo bench -p bench --bench http_parse`; the same in
//! instructions, which do not depend on the machine's load, is `http_instructions`.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

#[path = "http/ways.rs"]
mod ways;

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http parse");
    for (name, request) in [("small", ways::SMALL), ("browser", ways::BROWSER)] {
        for way in ["httparse", "receive", "all", "hyper"] {
            group.bench_function(BenchmarkId::new(way, name), |bencher| {
                bencher.iter_custom(|requests| {
                    let start = Instant::now();
                    let requests = usize::try_from(requests).expect("fewer than memory has bytes");
                    ways::run(way, request, requests);
                    start.elapsed()
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = http;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = parse
}
criterion_main!(http);
