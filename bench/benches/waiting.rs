//! What one wait costs: a line for each selector, over the number of silent descriptors.
//!
//! `cargo bench -p bench --bench waiting -- 'one ready/poll'` runs a part of it.

use std::time::Duration;

use bench::waiting::{CROWDS, Crowd, READY};
use ch03_selectors::BACKENDS;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn waiting(criterion: &mut Criterion) {
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    for ready in READY {
        let name = if ready == 1 { "one ready".to_owned() } else { format!("{ready} ready") };
        let mut group = criterion.benchmark_group(name);
        for backend in BACKENDS {
            for silent in CROWDS {
                // `select` ends where its sets do, and a small process where its descriptors do.
                let Ok(mut crowd) = Crowd::new(backend, silent, ready) else { break };
                // So that criterion draws a line over them.
                group.throughput(Throughput::Elements(silent as u64));
                let id = BenchmarkId::new(backend.name, silent);
                group.bench_function(id, |bencher| {
                    bencher.iter_custom(|waits| {
                        (0..waits).map(|_| crowd.wait().expect("a wait")).sum::<Duration>()
                    });
                });
            }
        }
    }
}

criterion_group!(benches, waiting);
criterion_main!(benches);
