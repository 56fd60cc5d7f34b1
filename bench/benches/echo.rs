//! Round trips by criterion: the same servers and the same load as `cargo run -p bench`, with
//! criterion's statistics, its comparison with the run before, and its plots.
//!
//! One iteration is one round trip on each of so many connections, so time grows with the
//! connections and throughput says what one of them costs. `cargo bench -p bench -- epoll` runs
//! one server; the report is in `target/criterion/report/index.html`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bench::catalogue::{self, Entry};
use bench::load::Load;
use bench::pinning::Pinning;
use bench::script::Script;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};
use ladder::Protocol;
use ladder::process::{Server, Setup};

/// A chart over connections needs a few points; 1000 would take minutes and tell the same.
const CONNECTIONS: [usize; 3] = [1, 10, 100];

/// Short, as there are some forty cases: the whole takes two to three minutes.
const WARM_UP: Duration = Duration::from_millis(300);
const MEASUREMENT: Duration = Duration::from_secs(2);
const SAMPLES: usize = 20;

fn main() -> ExitCode {
    if let Some(status) = bench::serve_if_asked(bench::CHAPTERS) {
        return status;
    }
    let pinning = Pinning::apply();
    let mut criterion = Criterion::default()
        .warm_up_time(WARM_UP)
        .measurement_time(MEASUREMENT)
        .sample_size(SAMPLES)
        .configure_from_args();
    for protocol in [Protocol::Echo, Protocol::Http] {
        let name = format!("{} round trip", catalogue::protocol_name(protocol));
        let mut group = criterion.benchmark_group(name);
        // Iterations take about the same time each, and long ones: growing numbers of them would
        // only lengthen the run.
        group.sampling_mode(SamplingMode::Flat);
        let entries = catalogue::entries(bench::CHAPTERS).into_iter();
        for entry in entries.filter(|entry| entry.chapter.protocol == protocol) {
            for count in CONNECTIONS.into_iter().filter(|count| entry.refuses(*count).is_none()) {
                round_trip(&mut group, &entry, count, pinning);
            }
        }
        group.finish();
    }
    criterion.final_summary();
    ExitCode::SUCCESS
}

fn round_trip(
    group: &mut BenchmarkGroup<'_, WallTime>,
    entry: &Entry,
    connections: usize,
    pinning: Pinning,
) {
    group.throughput(Throughput::Elements(connections as u64));
    // The server is started when criterion first asks for its case: a filter leaves the rest out.
    let mut running = None;
    group.bench_function(BenchmarkId::new(&entry.path, connections), |bencher| {
        let (_, load) = running.get_or_insert_with(|| start(entry, connections, pinning));
        bencher.iter_custom(|iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                load.round_trip().expect("every byte comes back");
            }
            start.elapsed()
        });
    });
}

fn start(entry: &Entry, connections: usize, pinning: Pinning) -> (Server, Load) {
    let setup = Setup { core: pinning.server(), ..Setup::default() };
    let server = Server::spawn(&entry.path, setup).expect("the server starts");
    let script = Script::echo(entry.chapter.protocol);
    let mut load = Load::new(script).expect("a selector");
    load.connect(server.addr(), connections).expect("the server accepts");
    (server, load)
}
