//! What the operating system says a process uses.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of this process so far, user and system, all threads (`clock_gettime(2)`,
/// `CLOCK_PROCESS_CPUTIME_ID`). Exact to the nanosecond on Linux, where times(2) counts ticks.
#[must_use]
pub fn cpu_of_this_process() -> Duration {
    duration(ClockId::ProcessCPUTime)
}

/// Processor time of the calling thread so far, user and system.
#[must_use]
pub fn cpu_of_this_thread() -> Duration {
    duration(ClockId::ThreadCPUTime)
}

fn duration(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Processor time of another process so far, user and system, all threads
/// (`clock_getcpuclockid(3)`). Exact to the nanosecond, and asking costs that process nothing.
///
/// # Errors
///
/// When the process is gone.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix has no clock of another process")]
pub fn cpu_of(pid: u32) -> io::Result<Duration> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    let mut clock = 0;
    // SAFETY: the call writes a number of a clock to `clock`, which is ours, and keeps nothing.
    let error = unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) };
    if error != 0 {
        // It returns the error, and leaves errno(3) alone.
        return Err(io::Error::from_raw_os_error(error));
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes a time to `time`, which is ours, and keeps nothing.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0)))
}

/// Open descriptors of this process.
///
/// # Errors
///
/// When the list cannot be read, which itself takes a descriptor.
pub fn descriptors_of_this_process() -> io::Result<usize> {
    // The list holds the descriptor that reads it.
    Ok(fs::read_dir("/dev/fd")?.count() - 1)
}

/// Memory of a process that belongs to it alone and is in use, in bytes: `RssAnon` of
/// /proc/PID/status (proc(5)). The kernel's memory for its sockets is not in it.
///
/// # Errors
///
/// When the process is gone.
#[cfg(target_os = "linux")]
pub fn memory_of(pid: u32) -> io::Result<u64> {
    status_field(pid, "RssAnon:").map(|kib| kib * 1024)
}

/// Memory of a process that is in use, in bytes: its resident set, as ps(1) says it.
///
/// # Errors
///
/// When the process is gone, or there is no `ps`.
#[cfg(not(target_os = "linux"))]
pub fn memory_of(pid: u32) -> io::Result<u64> {
    ps(&["-o", "rss=", "-p", &pid.to_string()])?
        .trim()
        .parse()
        .map(|kib: u64| kib * 1024)
        .map_err(|_| io::Error::from(io::ErrorKind::NotFound))
}

/// Threads of a process.
///
/// # Errors
///
/// When the process is gone.
#[cfg(target_os = "linux")]
pub fn threads_of(pid: u32) -> io::Result<u64> {
    status_field(pid, "Threads:")
}

/// Threads of a process: the lines of `ps -M`, less the header.
///
/// # Errors
///
/// When the process is gone, or there is no `ps`.
#[cfg(not(target_os = "linux"))]
pub fn threads_of(pid: u32) -> io::Result<u64> {
    Ok(ps(&["-M", "-p", &pid.to_string()])?.lines().count().saturating_sub(1) as u64)
}

#[cfg(target_os = "linux")]
fn status_field(pid: u32, name: &str) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("process {pid}: no {name}")))
}

#[cfg(not(target_os = "linux"))]
fn ps(arguments: &[&str]) -> io::Result<String> {
    let output = std::process::Command::new("ps").args(arguments).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Keeps this process, and the threads it makes from now on, on one core. False where the system
/// has no such call: macOS has none.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[must_use]
pub fn pin_to_core(core: usize) -> bool {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    rustix::thread::sched_setaffinity(None, &set).is_ok()
}

/// Keeps this process, and the threads it makes from now on, on one core. False where the system
/// has no such call: macOS has none.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
#[must_use]
pub fn pin_to_core(_core: usize) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn work_shows_as_processor_time() {
        let (process, thread) = (cpu_of_this_process(), cpu_of_this_thread());
        let deadline = Instant::now() + Duration::from_secs(20);
        while cpu_of_this_thread() < thread + Duration::from_millis(5) {
            assert!(Instant::now() < deadline, "a busy loop uses its thread's clock");
        }
        assert!(cpu_of_this_process() >= process + Duration::from_millis(5));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_clock_of_a_process_is_the_same_from_outside() {
        let before = cpu_of_this_process();
        let asked = cpu_of(std::process::id()).expect("alive");
        assert!(before <= asked && asked <= cpu_of_this_process());
        assert!(cpu_of(1 << 28).is_err(), "beyond the largest number of a process");
    }

    #[test]
    fn memory_that_is_written_shows() {
        let pid = std::process::id();
        let before = memory_of(pid).expect("alive");
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = memory_of(pid).expect("alive");
        // Other tests of this process come and go meanwhile; they use far less.
        assert!(after > before + (32 << 20), "{before} then {after}");
        drop(block);
    }
}
