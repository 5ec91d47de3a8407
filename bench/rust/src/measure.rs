//! What ../measure.h is for C++, step for step.

use crate::Result;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How much to measure.
enum Amount {
    Seconds(f64),
    Calls(u64),
}

/// What the command line asks for.
pub struct Run {
    pub case: String,
    pub guest: PathBuf,
    size: usize,
    amount: Amount,
}

impl Run {
    pub fn from_arguments() -> Result<Run> {
        let usage = "usage: bench_rust CASE INPUT_SIZE GUEST AMOUNT (0.3s, or a number of calls)";
        let all: Vec<String> = std::env::args().skip(1).collect();
        let [case, size, guest, amount] = all.as_slice() else {
            return Err(usage.into());
        };
        let amount = match amount.strip_suffix('s') {
            Some(seconds) => Amount::Seconds(seconds.parse()?),
            None => Amount::Calls(amount.parse()?),
        };
        Ok(Run {
            case: case.clone(),
            guest: guest.into(),
            size: size.parse()?,
            amount,
        })
    }

    /// Text of the size that was asked for.
    pub fn input(&self) -> String {
        "hello techbytes ".chars().cycle().take(self.size).collect()
    }

    /// Nanoseconds per call, on average. What the calls return is summed up, so that none of
    /// them can be left out.
    pub fn time(&self, mut call: impl FnMut() -> Result<usize>) -> Result<f64> {
        let mut many = |count: u64| -> Result<Duration> {
            let mut sum = 0;
            let start = Instant::now();
            for _ in 0..count {
                sum += call()?;
            }
            let time = start.elapsed();
            black_box(sum);
            Ok(time)
        };
        let count = match self.amount {
            Amount::Calls(count) => count,
            Amount::Seconds(seconds) => {
                // The warm-up says how many calls fill the time.
                let warm = seconds / 5.0;
                let (mut count, mut time) = (1, many(1)?);
                while time.as_secs_f64() < warm / 2.0 {
                    count *= 2;
                    time = many(count)?;
                }
                (seconds / time.as_secs_f64() * count as f64) as u64 + 1
            }
        };
        Ok(many(count)?.as_nanos() as f64 / count as f64)
    }
}

/// What the sample plugins answer to `input`.
pub fn upper_cased(input: &str) -> String {
    format!(
        "[Processed by AnalyticsEngine v1.0.2]: {}",
        input.to_uppercase()
    )
}
