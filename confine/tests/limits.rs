//! Each test starts itself once more, as the process that crosses a limit.

use confine::{LastWords, Limits};
use std::process::Command;

#[global_allocator]
static ALLOCATOR: confine::Counted = confine::Counted;

const CHILD: &str = "CONFINE_TEST_CHILD";

fn limits() -> Limits {
    Limits {
        memory: 64 << 20,
        cpu: 1,
        threads: 1,
        writes_files: false,
    }
}

fn words() -> LastWords {
    LastWords {
        to: 2,
        memory: b"too much memory\n".into(),
        depth: b"too deep\n".into(),
        time: b"too much time\n".into(),
        status: 7,
    }
}

/// What `test` says on standard error, and how it ends, where it does `work` under limits.
fn outcome(test: &str, work: fn()) -> (String, Option<i32>) {
    if std::env::var_os(CHILD).is_some() {
        confine::run(&limits(), words(), work).unwrap();
        std::process::exit(0);
    }
    let done = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, "")
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    (said, done.status.code())
}

fn ended(words: &str) -> (String, Option<i32>) {
    (words.to_string(), Some(7))
}

#[test]
fn work_within_the_limits_is_done() {
    let work = || drop(std::hint::black_box(vec![1u8; 32 << 20]));
    let outcome = outcome("work_within_the_limits_is_done", work);
    assert_eq!(outcome, (String::new(), Some(0)));
}

#[test]
fn threads_that_cross_a_limit_together_say_so_once() {
    let work = || {
        let together = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    drop(std::hint::black_box(vec![1u8; 65 << 20]));
                });
            }
        });
    };
    assert_eq!(
        outcome("threads_that_cross_a_limit_together_say_so_once", work),
        ended("too much memory\n")
    );
}

#[test]
fn memory_ends_the_process() {
    let work = || drop(std::hint::black_box(vec![1u8; 65 << 20]));
    assert_eq!(
        outcome("memory_ends_the_process", work),
        ended("too much memory\n")
    );
}

#[test]
fn memory_that_the_system_has_not_ends_the_process() {
    let work = || drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 62)));
    assert_eq!(
        outcome("memory_that_the_system_has_not_ends_the_process", work),
        ended("too much memory\n")
    );
}

#[test]
fn memory_that_was_given_back_does_not_count() {
    let work = || {
        for _ in 0..10 {
            drop(std::hint::black_box(vec![1u8; 32 << 20]));
        }
    };
    let outcome = outcome("memory_that_was_given_back_does_not_count", work);
    assert_eq!(outcome, (String::new(), Some(0)));
}

#[test]
fn recursion_ends_the_process() {
    fn deeper(depth: u64) -> u64 {
        let here = std::hint::black_box([depth; 100]);
        if here[7] == u64::MAX {
            return 0;
        }
        deeper(depth + 1) + here[7]
    }
    let work = || {
        std::hint::black_box(deeper(0));
    };
    assert_eq!(
        outcome("recursion_ends_the_process", work),
        ended("too deep\n")
    );
}

#[test]
fn processor_time_ends_the_process() {
    let work = || {
        let mut n = 0u64;
        loop {
            n = std::hint::black_box(n + 1);
        }
    };
    assert_eq!(
        outcome("processor_time_ends_the_process", work),
        ended("too much time\n")
    );
}

#[test]
fn files_cannot_be_written() {
    let work = || {
        // SAFETY: a plain call, of numbers; without it the signal would end the process first.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        let path = std::env::temp_dir().join(format!("confine-{}", std::process::id()));
        let written = std::fs::write(&path, "x");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(written.unwrap_err().raw_os_error(), Some(libc::EFBIG));
    };
    let outcome = outcome("files_cannot_be_written", work);
    assert_eq!(outcome, (String::new(), Some(0)));
}

#[test]
fn a_panic_goes_on_in_the_caller() {
    let (said, status) = outcome("a_panic_goes_on_in_the_caller", || panic!("lost"));
    assert!(said.contains("lost"), "{said}");
    assert_eq!(status, Some(101));
}

#[test]
fn output_that_is_closed_is_an_error() {
    let test = "output_that_is_closed_is_an_error";
    if std::env::var_os(CHILD).is_some() {
        let error = confine::print(b"x").unwrap_err();
        eprint!("{error}");
        std::process::exit(0);
    }
    let program = std::env::current_exe().unwrap();
    let line = format!(
        "exec '{}' {test} --exact --nocapture >&-",
        program.display()
    );
    let done = Command::new("sh")
        .args(["-c", &line])
        .env(CHILD, "")
        .output();
    assert_eq!(
        String::from_utf8(done.unwrap().stderr).unwrap(),
        "Bad file descriptor (os error 9)"
    );
}
