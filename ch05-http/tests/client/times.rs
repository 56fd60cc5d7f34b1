//! Which patience has ended.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use ch05_http::client::{Error, Session, Timeout, Timeouts};

use super::run;
use super::support::{head, server};

#[test]
fn each_timeout_names_itself() {
    let silent = server(|_, stream| std::mem::forget(stream));
    let stalls = server(|_, mut stream| {
        head(&mut stream);
        let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        stream.write_all(begun).expect("a client");
        std::mem::forget(stream);
    });
    let short = Some(Duration::from_millis(50));
    run(async {
        let session = Session::new();
        let ask = async |addr: SocketAddr, timeouts: Timeouts| {
            let url = format!("http://{addr}/");
            let response = session.get(&url).timeouts(timeouts).send().await?;
            response.text(100).await
        };
        let read = Timeouts { read: short, ..Timeouts::default() };
        let total = Timeouts { total: short, ..Timeouts::default() };
        for addr in [silent, stalls] {
            let error = ask(addr, read).await.expect_err("nothing comes");
            assert!(matches!(error, Error::Timeout(Timeout::Read)), "{error}");
            let error = ask(addr, total).await.expect_err("nothing comes");
            assert!(matches!(error, Error::Timeout(Timeout::Total)), "{error}");
        }
        let one = Session::builder().limit(1).build();
        let url = format!("http://{stalls}/");
        let _held = one.get(&url).send().await.expect("a head");
        let connect = Timeouts { connect: short, ..Timeouts::default() };
        let error = one.get(&url).timeouts(connect).send().await.expect_err("no place");
        assert!(matches!(error, Error::Timeout(Timeout::Connect)), "{error}");
    });
}
