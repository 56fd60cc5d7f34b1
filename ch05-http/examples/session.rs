//! Connections that are kept: `cargo run -p ch05-http --example session`.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use ch04_async::Runtime;
use ch04_async::structure::{join_all, try_join_all};
use ch05_http::background::Background;
use ch05_http::client::{LIMIT, Session};
use ch05_http::executor;

const REQUESTS: u64 = 300;

const TINY: usize = 1 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let server = Background::start(executor::serve)?;
    let url = server.url("/");
    Runtime::new()?.block_on(async {
        println!("-- {REQUESTS} requests, one after the other");
        let session = Session::new();
        let start = Instant::now();
        for _ in 0..REQUESTS {
            session.get(&url).send().await?.bytes(TINY).await?;
        }
        let kept = start.elapsed();
        println!("   on kept connections: {} opened, {kept:.1?}", session.counts().opened);
        assert_eq!(session.counts().opened, 1);

        let start = Instant::now();
        for _ in 0..REQUESTS {
            let once = Session::new();
            once.get(&url).send().await?.bytes(TINY).await?;
        }
        println!("   on a new one each: {REQUESTS} opened, {:.1?}", start.elapsed());

        println!("-- {REQUESTS} requests at once");
        for limit in [1, 10, LIMIT] {
            let session = Session::builder().limit(limit).build();
            let start = Instant::now();
            try_join_all((0..REQUESTS).map(|_| async {
                let delay = server.url("/delay/1");
                session.get(&delay).send().await?.bytes(TINY).await
            }))
            .await?;
            let counts = session.counts();
            println!(
                "   limit {limit:>3}: {:>3} opened, at most {:>3} at a time, {:.1?}",
                counts.opened,
                counts.open_at_most,
                start.elapsed()
            );
            assert!(counts.open_at_most <= limit && counts.requests == REQUESTS);
        }

        println!("-- a kept connection that the server has closed meanwhile");
        let (fickle, told) = fickle()?;
        let session = Session::new();
        for round in 1..=3 {
            let text = session.get(&fickle).send().await?.text(TINY).await?;
            // Its end has come before we ask again.
            told.recv()?;
            let counts = session.counts();
            println!(
                "   request {round}: {:?}; {} opened, {} were found to be stale",
                text, counts.opened, counts.stale
            );
            assert_eq!((counts.opened, counts.stale), (round, round - 1));
        }

        println!("-- one that is dropped with half of its answer is not kept");
        let session = Session::new();
        let numbers = server.url("/files/numbers.txt");
        let mut half = session.get(&numbers).send().await?;
        half.data().await?;
        drop(half);
        let answers = join_all([session.get(&url).send()]).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(session.counts().opened, 2);
        println!("   2 opened");
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!("the server: {}", server.stop()?);
    Ok(())
}

/// A server that hangs up after each answer without having said that it would, and tells us.
fn fickle() -> std::io::Result<(String, mpsc::Receiver<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 1024];
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nonce\n";
            if stream.read(&mut request).is_ok() && stream.write_all(answer).is_ok() {
                drop(stream);
                if tell.send(()).is_err() {
                    return;
                }
            }
        }
    });
    Ok((url, told))
}
