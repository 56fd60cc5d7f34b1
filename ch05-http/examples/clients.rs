//! The same requests by three clients: `cargo run -p ch05-http --example clients`.
//!
//! Ours shows how it is done. ureq is what a blocking program takes, and reqwest what one on tokio
//! takes: TLS, HTTP/2, proxies, cookies and years of use are theirs.

use std::error::Error;
use std::time::Duration;

use ch04_async::Runtime;
use ch05_http::background::Background;
use ch05_http::client::Session;
use ch05_http::executor;

const PATIENCE: Duration = Duration::from_secs(5);

const BYTES_MAX: usize = 1 << 20;

/// What is asked: a method, a path, a body.
const REQUESTS: [(&str, &str, &str); 6] = [
    ("GET", "/", ""),
    ("GET", "/files/index.html", ""),
    ("POST", "/echo", "the same to all"),
    ("GET", "/delay/20", ""),
    ("GET", "/nowhere", ""),
    ("POST", "/", "not allowed here"),
];

/// What came back: a status, and the body.
type Got = Vec<(u16, String)>;

fn main() -> Result<(), Box<dyn Error>> {
    let server = Background::start(executor::serve)?;
    let at = |path: &str| server.url(path);
    let (ours, ureq, reqwest) = (ours(at)?, by_ureq(at)?, by_reqwest(at)?);
    for ((method, path, _), (status, body)) in REQUESTS.iter().zip(&ours) {
        println!("{method:<4} {path:<18} {status} {:?}", body.lines().next().unwrap_or_default());
    }
    assert_eq!(ours, ureq, "ureq got something else");
    assert_eq!(ours, reqwest, "reqwest got something else");
    assert_eq!(ours[2], (200, "the same to all".to_owned()));
    println!("our session, ureq and reqwest: the same {} answers", ours.len());
    let report = server.stop()?;
    println!("the server: {report}");
    assert_eq!(report.lost, 0, "all of them left in order");
    Ok(())
}

fn ours(at: impl Fn(&str) -> String) -> Result<Got, Box<dyn Error>> {
    Runtime::new()?.block_on(async {
        let session = Session::new();
        let mut got = Vec::new();
        for (method, path, body) in REQUESTS {
            let asked = session.request(method.parse()?, &at(path)).body(body);
            let answer = asked.send().await?;
            got.push((answer.status().as_u16(), answer.text(BYTES_MAX).await?));
        }
        println!("ours: {} connection", session.counts().opened);
        Ok(got)
    })
}

fn by_ureq(at: impl Fn(&str) -> String) -> Result<Got, Box<dyn Error>> {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .new_agent();
    let mut got = Vec::new();
    for (method, path, body) in REQUESTS {
        let mut answer = match method {
            "GET" => agent.get(at(path)).call()?,
            _ => agent.post(at(path)).send(body)?,
        };
        got.push((answer.status().as_u16(), answer.body_mut().read_to_string()?));
    }
    Ok(got)
}

fn by_reqwest(at: impl Fn(&str) -> String) -> Result<Got, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let mut got = Vec::new();
        for (method, path, body) in REQUESTS {
            let answer = client.request(method.parse()?, at(path)).body(body).send().await?;
            got.push((answer.status().as_u16(), answer.text().await?));
        }
        Ok(got)
    })
}
