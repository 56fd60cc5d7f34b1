//! Servers that go wrong, and what the bench makes of them: a failed row with the reason, exit
//! status 1, and the rows of the others as ever.
//!
//! This program is three in one, by its arguments: a server (`serve …`), the bench over the models
//! below (`as-bench …`), and the tests, which run the second one.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode, Output};

use ladder::{Chapter, Limits, Model, Protocol, Report, Stop};
use libtest_mimic::{Arguments, Failed, Trial};

/// What starts the bench instead of the tests.
const AS_BENCH: &str = "as-bench";

fn main() -> ExitCode {
    if let Some(status) = bench::serve_if_asked(CHAPTERS) {
        return status;
    }
    if std::env::args().nth(1).as_deref() == Some(AS_BENCH) {
        return bench::cli::run(CHAPTERS, std::env::args().skip(1));
    }
    let trials = vec![
        Trial::test("a_flipped_byte_is_a_failed_row_and_status_1", flipped),
        Trial::test("a_closed_connection_is_a_failed_row", closed),
        Trial::test("a_dead_server_is_told_with_its_exit_status", dead),
        Trial::test("the_rows_of_the_others_stand", others),
        Trial::test("a_limit_is_no_failure", limit),
        Trial::test("a_record_has_failed_rows_too", recorded),
        Trial::test("wrong_arguments_are_status_2_and_say_what_there_is", usage),
        Trial::test("a_ledger_agrees_with_itself_and_names_the_call_that_came_on_top", ledger),
        Trial::test("a_model_that_fails_under_strace_is_a_failed_row", ledger_of_a_fault),
        Trial::test("an_open_loop_is_recorded_and_finds_faults", open_loop),
        Trial::test("the_peers_in_rust_answer_what_they_are_asked_however_deep", peers_in_rust),
        Trial::test("bursts_and_crowds_are_recorded", bursts_and_crowds),
        Trial::test("a_tenth_more_instructions_is_found", planted),
        Trial::test("a_ratio_says_what_came_of_its_control", ratio),
        Trial::test("without_strace_or_valgrind_one_line_says_how_to_get_it", no_strace),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

const CHAPTERS: &[Chapter] = &[
    Chapter {
        package: "ch99-faulty",
        title: "Servers that go wrong",
        protocol: Protocol::Echo,
        models: &[
            model("flips", |listener, _| each(&listener, flip)),
            model("closes", |listener, _| each(&listener, close)),
            model("dies", |listener, _| each(&listener, die)),
        ],
    },
    ch01_blocking::CHAPTER,
];

const fn model(name: &'static str, serve: fn(TcpListener, Stop) -> io::Result<Report>) -> Model {
    let limits = Limits::NONE;
    Model { name, summary: "", fixes: "", still_fails: "", limits, serve }
}

/// What is done to a message, by its number on its connection, before it goes back. False: hang up.
type Fault = fn(u32, &mut [u8]) -> bool;

/// Serves one client after the other, and is killed in the end: its test is over then.
fn each(listener: &TcpListener, fault: Fault) -> io::Result<Report> {
    for stream in listener.incoming() {
        // A client that is gone is not what is wrong here.
        let _ = serve(stream?, fault);
    }
    Ok(Report::default())
}

fn serve(mut stream: TcpStream, fault: Fault) -> io::Result<()> {
    let mut message = [0; bench::measure::MESSAGE_BYTES];
    for number in 0.. {
        stream.read_exact(&mut message)?;
        if !fault(number, &mut message) {
            break;
        }
        stream.write_all(&message)?;
    }
    Ok(())
}

/// Right at first: the fault is in the load that counts, not before. However busy the machine is, each client
/// says as many: two when all connect, one in the warm-up, and one in the slice.
const AFTER: u32 = 3;

fn flip(number: u32, message: &mut [u8]) -> bool {
    message[17] ^= u8::from(number == AFTER);
    true
}

fn close(number: u32, _: &mut [u8]) -> bool {
    number < AFTER
}

fn die(number: u32, _: &mut [u8]) -> bool {
    if number == AFTER {
        std::process::exit(7);
    }
    true
}

/// The bench, run with `arguments` and little time.
fn bench(arguments: &str) -> Result<Output, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(AS_BENCH).args(["--seconds", "0.1", "--rounds", "2"]);
    Ok(command.args(arguments.split(' ')).output()?)
}

/// The bench's subcommand, such as `syscalls --models pool`.
fn instrument(arguments: &str) -> Result<Command, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(AS_BENCH).args(arguments.split(' '));
    Ok(command)
}

fn expect(output: &Output, status: i32, texts: &[&str]) -> Result<(), Failed> {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    if output.status.code() != Some(status) {
        return Err(format!("{} instead of {status}:\n{text}", output.status).into());
    }
    match texts.iter().find(|wanted| !text.contains(*wanted)) {
        Some(missing) => Err(format!("no '{missing}' in:\n{text}").into()),
        None => Ok(()),
    }
}

fn flipped() -> Result<(), Failed> {
    let output = bench("--models flips --connections 1")?;
    expect(&output, 1, &["failed: ch99/flips with 1 client: client 0: byte 17 of 64 came back as"])
}

fn closed() -> Result<(), Failed> {
    let output = bench("--models closes --connections 1")?;
    expect(&output, 1, &["failed: ch99/closes with 1 client: client 0: closed by the server"])
}

fn dead() -> Result<(), Failed> {
    let output = bench("--models dies --connections 1")?;
    expect(&output, 1, &["failed: ch99/dies with 1 client: client 0:", "exit status: 7"])
}

fn others() -> Result<(), Failed> {
    let output = bench("--models flips,threads,dies --connections 1")?;
    expect(&output, 1, &["ch99/flips", "ch99/dies"])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let row = text.lines().find(|line| line.trim_start().starts_with("ch01/threads"));
    let row = row.ok_or("no row of threads")?;
    let ratio = row.split_whitespace().nth(6);
    if ratio == Some("1.00") { Ok(()) } else { Err(format!("no measured row: {row}").into()) }
}

fn limit() -> Result<(), Failed> {
    let output = bench("--models iterative,threads --connections 2")?;
    expect(&output, 0, &["serves one"])
}

fn recorded() -> Result<(), Failed> {
    let name = format!("bench-faults-{}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    let output = bench(&format!("--models flips,pool --connections 1 --json {}", path.display()))?;
    expect(&output, 1, &[])?;
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    std::fs::remove_file(&path)?;
    let status = |row: usize| record["rows"][row]["status"].as_str().unwrap_or("none").to_owned();
    if [status(0), status(1)] == ["failed", "measured"] {
        Ok(())
    } else {
        Err(format!("{record:#}").into())
    }
}

/// Whether there is a strace here; where there is none, that must be what is said.
fn has_strace() -> bool {
    cfg!(target_os = "linux") && Command::new("strace").arg("-V").output().is_ok()
}

fn ledger() -> Result<(), Failed> {
    let path = std::env::temp_dir().join(format!("bench-ledger-{}.json", std::process::id()));
    let file = path.display();
    let output = instrument(&format!("syscalls --models threads --json {file}"))?.output()?;
    if !has_strace() {
        return expect(&output, 1, &["bench: ", "strace"]);
    }
    expect(&output, 0, &["ch01/threads", "recvfrom"])?;
    let same = instrument(&format!("syscalls --models threads --check {file}"))?.output()?;
    expect(&same, 0, &["no step of 1 models costs more"])?;
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let calls = record["rows"][0]["steps"][0]["calls"].as_array_mut().ok_or("no calls")?;
    // As if the echo had been possible without a read.
    calls.retain(|call| call["call"] != "recvfrom");
    std::fs::write(&path, record.to_string())?;
    let more = instrument(&format!("syscalls --models threads --check {file}"))?.output()?;
    std::fs::remove_file(&path)?;
    expect(&more, 1, &["MORE", "ch01/threads, echo: recvfrom 1 times, was 0"])
}

fn ledger_of_a_fault() -> Result<(), Failed> {
    let output = instrument("syscalls --models flips,threads")?.output()?;
    if !has_strace() {
        return expect(&output, 1, &["strace"]);
    }
    expect(&output, 1, &["FAILED: counting the calls of an echo: byte 17 of 64", "ch01/threads"])
}

fn ratio() -> Result<(), Failed> {
    let arguments =
        "ratio --base threads --models threads,flips --connections 1 --cycles 3 --tries 1";
    let output = instrument(&format!("{arguments} --others 100"))?.output()?;
    if !cfg!(target_os = "linux") {
        return expect(&output, 1, &["Linux only"]);
    }
    expect(&output, 1, &["bench: ch99/flips: client ", "byte 17 of 64 came back as"])?;
    let arguments = arguments.replace("threads,flips", "threads");
    let path = std::env::temp_dir().join(format!("bench-ratio-{}.json", std::process::id()));
    let arguments = format!("{arguments} --others 100 --json {}", path.display());
    let output = instrument(&arguments)?.output()?;
    expect(&output, 0, &["ch01/threads (base)", "ch01/threads (control)", "3 cycles, 0 dropped"])?;
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    std::fs::remove_file(&path)?;
    let rows = record["runs"][0]["rows"].as_array().ok_or("no rows")?;
    let ratio = |row: usize| rows[row]["ratio"].as_f64().unwrap_or(f64::NAN);
    let kept = record["runs"][0]["kept"] == ((ratio(1) - 1.0).abs() <= 0.02);
    if rows.len() == 3 && (ratio(0) - 1.0).abs() < 1e-9 && ratio(2) > 0.0 && kept {
        Ok(())
    } else {
        Err(format!("{record:#}").into())
    }
}

fn open_loop() -> Result<(), Failed> {
    let mut wrong = instrument("echo flips --connections 1 --rate 2000 --seconds 0.1 --rounds 1")?;
    expect(
        &wrong.output()?,
        1,
        &["failed: ch99/flips with 1 client, 2,000/s due: client 0: ", "came back as"],
    )?;
    let path = std::env::temp_dir().join(format!("bench-open-{}.json", std::process::id()));
    let arguments = "echo threads --connections 2 --rate 500,2000 --seconds 0.2 --rounds 1";
    let output = instrument(&format!("{arguments} --json {}", path.display()))?.output()?;
    expect(&output, 0, &["500/s due", "2,000/s due", "response"])?;
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    std::fs::remove_file(&path)?;
    let rows = record["rows"].as_array().ok_or("no rows")?;
    let rates: Vec<_> = rows.iter().map(|row| row["rate"].as_u64()).collect();
    let timed = rows.iter().all(|row| {
        row["response_p99_us"].as_f64() >= row["p99_us"].as_f64() && row["p99_us"].is_f64()
    });
    if record["kind"] == "echo" && rates == [Some(500), Some(2000)] && timed {
        Ok(())
    } else {
        Err(format!("{record:#}").into())
    }
}

fn bursts_and_crowds() -> Result<(), Failed> {
    let path = std::env::temp_dir().join(format!("bench-bursts-{}.json", std::process::id()));
    let run = |arguments: &str| -> Result<serde_json::Value, Failed> {
        let arguments = format!("{arguments} --seconds 0.1 --rounds 1 --json {}", path.display());
        expect(&instrument(&arguments)?.output()?, 0, &["ch01/threads"])?;
        let record = serde_json::from_slice(&std::fs::read(&path)?)?;
        std::fs::remove_file(&path)?;
        Ok(record)
    };
    let accept = run("accept iterative threads --burst 20")?;
    let (limit, row) = (&accept["rows"][0], &accept["rows"][1]);
    let idle = run("idle threads --silent 0,20 --connections 2")?;
    let silent: Vec<_> = (0..2).map(|row| idle["rows"][row]["silent"].as_u64()).collect();
    if accept["kind"] == "accept"
        && limit["status"] == "limit"
        && (&row["failed"], &row["connections"]) == (&0.into(), &20.into())
        && row["last_ms"].as_f64() >= row["p50_ms"].as_f64()
        && idle["kind"] == "idle"
        && silent == [Some(0), Some(20)]
    {
        Ok(())
    } else {
        Err(format!("{accept:#} {idle:#}").into())
    }
}

fn planted() -> Result<(), Failed> {
    let path = std::env::temp_dir().join(format!("bench-planted-{}.json", std::process::id()));
    let arguments = format!("instructions --models planted/instructions --json {}", path.display());
    let output = instrument(&arguments)?.output()?;
    if Command::new("valgrind").arg("--version").output().is_err() {
        return expect(&output, 1, &["valgrind"]);
    }
    expect(&output, 0, &["peer/http-raw", "planted/instructions"])?;
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    std::fs::remove_file(&path)?;
    let count = |row: usize| record["rows"][row]["instructions_per_message"].as_f64();
    match count(1).zip(count(0)).map(|(planted, least)| planted / least) {
        Some(ratio) if (1.05..1.2).contains(&ratio) => Ok(()),
        _ => Err(format!("{record:#}").into()),
    }
}

fn peers_in_rust() -> Result<(), Failed> {
    let path = std::env::temp_dir().join(format!("bench-http-{}.json", std::process::id()));
    // By name: a star would mean those too that have to be built first.
    let names = bench::peers::CHAPTER.models.iter().map(|model| bench::peers::CHAPTER.path(model));
    let names = names.collect::<Vec<_>>().join(" ");
    let arguments =
        format!("http {names} --connections 2 --request get,post --depth 1,5 --seconds 0.3");
    let output =
        instrument(&format!("{arguments} --rounds 1 --json {}", path.display()))?.output()?;
    expect(&output, 0, &["2 clients, HTTP", "GET / 5 deep", "POST /echo", "peer/hyper-flush"])?;
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    std::fs::remove_file(&path)?;
    let rows = record["rows"].as_array().ok_or("no rows")?;
    let peers = bench::peers::CHAPTER.models.len();
    let cases = [("GET /", 1), ("GET /", 5), ("POST /echo", 1), ("POST /echo", 5)];
    let right = rows.iter().zip(cases.iter().flat_map(|case| std::iter::repeat_n(case, peers)));
    let right = right.filter(|(row, case)| {
        (&row["request"], &row["depth"]) == (&case.0.into(), &case.1.into())
            && row["status"] == "measured"
    });
    if rows.len() == 4 * peers && right.count() == rows.len() {
        Ok(())
    } else {
        Err(format!("{record:#}").into())
    }
}

fn no_strace() -> Result<(), Failed> {
    let output = instrument("syscalls --models threads")?.env("PATH", "").output()?;
    expect(&output, 1, &["bench: ", "strace"])?;
    let lines = String::from_utf8_lossy(&output.stderr).lines().count();
    if lines != 1 {
        return Err(format!("{lines} lines").into());
    }
    let output = instrument("instructions --models threads")?.env("PATH", "").output()?;
    expect(&output, 1, &["bench: valgrind, which counts the instructions"])
}

fn usage() -> Result<(), Failed> {
    let unknown = bench("--models epol")?;
    expect(&unknown, 2, &["bench: no model is called 'epol'; there are: ch99/flips, "])?;
    expect(&bench("--connections 0")?, 2, &["'0'"])?;
    expect(&bench("--connections 4000000000")?, 2, &["ulimit -Hn", "--silent can be"])?;
    expect(&bench("--json /no/such/folder/x")?, 2, &["there is no such folder"])?;
    let of_syscalls = |arguments: &str| -> Result<Output, Failed> {
        Ok(instrument(&format!("syscalls {arguments}"))?.output()?)
    };
    expect(&of_syscalls("--models epol")?, 2, &["bench: no model is called 'epol'"])?;
    expect(&of_syscalls("--check /no/such/file")?, 2, &["reading /no/such/file"])?;
    expect(&of_syscalls("--json /no/such/folder/x")?, 2, &["there is no such folder"])?;
    let of_ratio = |arguments: &str| -> Result<Output, Failed> {
        Ok(instrument(&format!("ratio {arguments}"))?.output()?)
    };
    expect(&of_ratio("--base epol")?, 2, &["bench: no model is called 'epol'"])?;
    expect(&of_ratio("--base ch01/*")?, 2, &["--base must be one model, or a peer"])?;
    expect(&of_ratio("--base threads --connections 4000000")?, 2, &["ulimit -Hn"])?;
    let of_echo = |arguments: &str| -> Result<Output, Failed> {
        Ok(instrument(&format!("echo {arguments}"))?.output()?)
    };
    expect(&of_echo("epol")?, 2, &["bench: no model is called 'epol'", "c-epoll"])?;
    expect(&of_echo("peer/hyper")?, 2, &["bench: none of these speaks echo"])?;
    let of_http = instrument("http peer/hyper --request put --depth 0")?.output()?;
    expect(&of_http, 2, &["'put'"])?;
    let deep_and_due = instrument("http peer/hyper --rate 1000 --depth 16")?.output()?;
    expect(&deep_and_due, 2, &["leave out --depth"])?;
    let too_many = instrument("idle threads --silent 4000000000")?.output()?;
    expect(&too_many, 2, &["ulimit -Hn"])?;
    expect(&instrument("accept threads --burst 0")?.output()?, 2, &["'0'"])?;
    expect(&of_echo("threads --rate 0")?, 2, &["'0'"])?;
    let of_operations = instrument("operations spwan")?.output()?;
    expect(&of_operations, 2, &["bench: no operation begins with 'spwan'; there are: spawn 1000"])?;
    expect(&instrument("sycalls")?.output()?, 2, &["bench: ", "sycalls"])
}
