//! What a runtime's own operations cost, by criterion: ours, tokio on its current thread, and smol.
//!
//! The same operations as `bench operations`, with criterion's statistics and its comparison with the run
//! before. One iteration is one operation. `cargo bench -p bench --bench runtime -- yield` runs one group.

use std::time::Duration;

use bench::operations::{Operation, runtime::OPERATIONS};
use criterion::{Criterion, criterion_group, criterion_main};

fn compare(criterion: &mut Criterion) {
    for Operation { name, cases } in OPERATIONS {
        let mut group = criterion.benchmark_group(*name);
        for (by, case) in *cases {
            group.bench_function(*by, |bencher| bencher.iter_custom(|times| case(times).wall));
        }
        group.finish();
    }
}

criterion_group! {
    name = runtime;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = compare
}
criterion_main!(runtime);
