//! nginx as a peer: one process, which answers `GET /` by a line of its configuration.
//!
//! nginx neither takes port 0 nor says when it listens. So this program is run again: it takes a port that
//! was free, which it keeps by a socket that does not listen (SO_REUSEPORT, socket(7)), writes the
//! configuration, leaves a process that says where nginx listens as soon as it does, and becomes nginx by exec.
//!
//! (nginx takes over sockets that listen, from the variable NGINX: that is how it upgrades itself. As one
//! process alone it then crashes, and with a master its time would be that of another process.)

use std::env;
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ladder::socket::BACKLOG;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net;

use super::built::folder;
use super::installed::said;

/// The argument by which this program is asked to become nginx.
const ASKED: &str = "become-nginx";

/// The one by which it is asked to say where nginx listens.
const ANNOUNCE: &str = "announce-nginx";

/// How long nginx may take to listen, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks whether it does.
const LISTENS_YET: Duration = Duration::from_millis(1);

/// More than any instrument connects.
const CONNECTIONS_MAX: usize = 65_536;

/// What starts it.
///
/// # Errors
///
/// Where there is no nginx.
pub(super) fn command() -> Result<Command> {
    version()?;
    let mut command = Command::new(env::current_exe().context("finding this program")?);
    command.arg(ASKED);
    Ok(command)
}

/// The version, such as `1.22.1`.
pub(super) fn version() -> Result<String> {
    // `nginx version: nginx/1.22.1`, on standard error.
    let said =
        said("nginx", &["-v"]).context("it needs nginx; get it by: apt install nginx-light")?;
    Ok(said.rsplit('/').next().unwrap_or_default().to_owned())
}

/// Becomes nginx, or says where it listens, if this program was started for that: how that went. It does not
/// return as nginx.
pub(super) fn become_if_asked() -> Option<Result<()>> {
    match env::args().nth(1)?.as_str() {
        ASKED => Some(become_nginx().context("becoming nginx")),
        ANNOUNCE => Some(announce().context("waiting for nginx")),
        _ => None,
    }
}

fn become_nginx() -> Result<()> {
    let (kept, addr) = keep_a_port().context("keeping a port")?;
    let folder = folder()?.join("nginx");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let file = nameless(&folder, &configuration(addr, &folder)).context("its configuration")?;
    // What is left of it when it has ended is no concern of nginx.
    Command::new(env::current_exe()?).args([ANNOUNCE, &addr.to_string()]).spawn()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    for inherited in [kept.as_fd(), file.as_fd()] {
        fcntl_setfd(inherited, FdFlags::empty())?;
    }
    let configuration = format!("/dev/fd/{}", file.as_raw_fd());
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(&folder).args(["-e", "stderr", "-c", &configuration]);
    Err(nginx.exec().into())
}

/// A port that is nobody else's, as long as the socket is open.
fn keep_a_port() -> Result<(OwnedFd, SocketAddr)> {
    let kept = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None)?;
    net::sockopt::set_socket_reuseport(&kept, true)?;
    net::bind(&kept, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let addr = net::getsockname(&kept)?;
    Ok((kept, addr.try_into()?))
}

fn announce() -> Result<()> {
    let addr: SocketAddr = env::args().nth(2).context("an address")?.parse()?;
    let begun = Instant::now();
    while let Err(error) = TcpStream::connect(addr) {
        if begun.elapsed() > PATIENCE {
            return Err(error.into());
        }
        thread::sleep(LISTENS_YET);
    }
    writeln!(io::stdout(), "listening {addr}").context("saying so")
}

/// A file that is gone with whoever has it open: nobody is there to remove it after the exec.
fn nameless(folder: &Path, text: &str) -> io::Result<File> {
    let path = folder.join(format!("{}.conf", process::id()));
    let mut file =
        File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
    fs::remove_file(&path)?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file)
}

/// One process that logs nothing but its end, and no connection that it closes by itself. All of its
/// folders are named, used or not: those that it was built with may be another user's.
fn configuration(addr: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\n\
         master_process off;\n\
         pid {folder}/{pid}.pid;\n\
         error_log stderr crit;\n\
         events {{ worker_connections {CONNECTIONS_MAX}; }}\n\
         http {{\n\
         access_log off;\n\
         client_body_temp_path {folder}/body;\n\
         proxy_temp_path {folder}/proxy;\n\
         fastcgi_temp_path {folder}/fastcgi;\n\
         uwsgi_temp_path {folder}/uwsgi;\n\
         scgi_temp_path {folder}/scgi;\n\
         keepalive_requests 4000000000;\n\
         keepalive_timeout 1h;\n\
         tcp_nodelay on;\n\
         default_type text/plain;\n\
         server {{\n\
         listen {addr} reuseport backlog={BACKLOG};\n\
         location = / {{ return 200 \"{greeting}\"; }}\n\
         }}\n\
         }}\n",
        pid = process::id(),
        greeting = ch05_http::app::GREETING.escape_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_stands_in_the_configuration_as_nginx_reads_it() {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 4711));
        let text = configuration(addr, Path::new("/tmp/x"));
        assert!(text.contains("listen 127.0.0.1:4711 reuseport backlog=1024;"), "{text}");
        assert!(text.contains(r#"return 200 "hello\n";"#), "{text}");
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }
}
