//! Single operations by criterion: of a runtime, and of HTTP.
//!
//! The same as `bench operations`, with criterion's statistics and its comparison with the run before. One
//! iteration is one operation. `cargo bench -p bench --bench operations -- yield` runs one group.

use std::time::Duration;

use bench::operations::{self, Operation};
use criterion::{Criterion, criterion_group, criterion_main};

fn compare(criterion: &mut Criterion) {
    // Those that come in a number of their own need a server, which is the bench's own program.
    let any = operations::all().filter(|operation| operation.times.is_none());
    for Operation { name, cases, .. } in any {
        let mut group = criterion.benchmark_group(name);
        for (by, case) in cases {
            group.bench_function(*by, |bencher| bencher.iter_custom(|times| case(times).wall));
        }
        group.finish();
    }
}

criterion_group! {
    name = operations;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = compare
}
criterion_main!(operations);
