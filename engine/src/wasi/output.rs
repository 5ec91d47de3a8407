//! What a plugin prints: lines for the host, no longer and no more of them in a call than it allows.

use super::{Line, Wasi};
use crate::Bytes;

/// Which one; also the representation of its resource.
#[derive(Clone, Copy)]
pub enum Stream {
    Out = 0,
    Err = 1,
}

impl Stream {
    pub fn of(number: u32) -> Stream {
        if number == Stream::Out as u32 {
            Stream::Out
        } else {
            Stream::Err
        }
    }
}

/// A line that has not ended.
#[derive(Default)]
struct Partial {
    begun: bool,
    text: Vec<u8>,
    /// Bytes that would have come after `text`.
    cut: u64,
}

pub struct Output {
    wasi: Wasi,
    partial: [Partial; 2],
    /// In this call.
    lines: u32,
    dropped: u64,
    /// In calls before.
    dropped_before: u64,
}

impl Output {
    pub fn new(wasi: &Wasi) -> Output {
        Output {
            wasi: *wasi,
            partial: Default::default(),
            lines: 0,
            dropped: 0,
            dropped_before: 0,
        }
    }

    pub fn dropped(&self) -> u64 {
        self.dropped_before + self.dropped
    }

    /// Whether the next line comes to somebody.
    fn is_heard(&self) -> bool {
        self.wasi.line.is_some() && self.lines < self.wasi.lines
    }

    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            self.add(stream, text);
            if ends {
                self.end_line(stream);
            }
        }
    }

    fn add(&mut self, stream: Stream, text: &[u8]) {
        let is_heard = self.is_heard();
        let partial = &mut self.partial[stream as usize];
        partial.begun = true;
        if is_heard {
            let room = (self.wasi.line_bytes as usize).saturating_sub(partial.text.len());
            let kept = &text[..text.len().min(room)];
            partial.text.extend_from_slice(kept);
            partial.cut += (text.len() - kept.len()) as u64;
        }
    }

    fn end_line(&mut self, stream: Stream) {
        if self.is_heard() {
            let partial = &mut self.partial[stream as usize];
            let (text, cut) = whole(partial);
            let line = Line {
                stream: stream as u32,
                text: Bytes::of(text),
                cut,
                dropped: 0,
            };
            self.wasi.hand_over(&line);
            self.lines += 1;
        } else {
            self.dropped += 1;
        }
        let partial = &mut self.partial[stream as usize];
        partial.begun = false;
        partial.text.clear();
        partial.cut = 0;
    }

    pub fn end_call(&mut self) {
        for stream in [Stream::Out, Stream::Err] {
            if self.partial[stream as usize].begun {
                self.end_line(stream);
            }
        }
        if self.dropped > 0 {
            let notice = Line {
                stream: 0,
                text: Bytes::of(&[]),
                cut: 0,
                dropped: self.dropped,
            };
            self.wasi.hand_over(&notice);
        }
        self.dropped_before += self.dropped;
        self.dropped = 0;
        self.lines = 0;
    }
}

impl Wasi {
    fn hand_over(&self, line: &Line) {
        if let Some(take) = self.line {
            // SAFETY: `context` is what `line` takes; the text is read before this returns.
            unsafe { take(self.context, line) }
        }
    }
}

/// What to hand over of a line, and how many bytes more it had: without the `\r` of a `\r\n`, and
/// where it was cut, without the first part of a character.
fn whole(partial: &Partial) -> (&[u8], u64) {
    let text = partial.text.as_slice();
    if partial.cut == 0 {
        return (text.strip_suffix(b"\r").unwrap_or(text), 0);
    }
    let kept = match std::str::from_utf8(text) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => text.len(),
    };
    (&text[..kept], partial.cut + (text.len() - kept) as u64)
}
