//! Asks Rust's standard library for all that a system has.

use std::collections::HashMap;
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, io, thread};

wit_bindgen::generate!({
    inline: "
        package test:wasi;
        world asking {
            export ask: func(what: string) -> string;
        }
    ",
});

struct Asking;

/// An error as text, whatever there is where none was expected.
fn said<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "it went well".into(),
        Err(error) => error.to_string(),
    }
}

impl Guest for Asking {
    fn ask(what: String) -> String {
        match what.as_str() {
            "arguments" => env::args().count().to_string(),
            "environment" => env::vars().count().to_string(),
            "file" => said(fs::read("/etc/passwd")),
            "folder" => said(fs::read_dir("/")),
            "tcp" => said(TcpStream::connect("127.0.0.1:80")),
            "name" => said(TcpStream::connect("localhost:80")),
            "udp" => said(UdpSocket::bind("0.0.0.0:0")),
            "stdin" => said(io::read_to_string(io::stdin()).map(|_| ())),
            "date" => {
                let date = SystemTime::now().duration_since(UNIX_EPOCH);
                let year = 365 * 24 * 60 * 60;
                (date.is_ok_and(|date| date.as_secs() > 50 * year)).to_string()
            }
            "map" => format!("{:?}", HashMap::from([(1, 2)])),
            "print" => {
                println!("hello\nworld");
                eprint!("no end");
                "done".into()
            }
            "nap" => {
                let start = Instant::now();
                thread::sleep(Duration::from_millis(5));
                format!("{:?}", start.elapsed())
            }
            "sleep" => {
                thread::sleep(Duration::from_secs(3600));
                "awake".into()
            }
            "exit" => std::process::exit(3),
            "panic" => panic!("at the disco"),
            _ => "what?".into(),
        }
    }
}

export!(Asking);
