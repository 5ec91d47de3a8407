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
    pub size: usize,
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

    /// Nanoseconds per call. The time is spent in batches of a millisecond, and the median batch
    /// counts: one in which the system ran something else says nothing of the call. What the
    /// calls return is summed up, so that none of them can be left out.
    pub fn time(&self, call: impl FnMut() -> Result<usize>) -> Result<f64> {
        self.time_many(1, call)
    }

    /// The same where one `call` makes `times` of the calls that are measured.
    pub fn time_many(&self, times: u32, mut call: impl FnMut() -> Result<usize>) -> Result<f64> {
        let times = f64::from(times);
        let mut batch = |count: u64| -> Result<f64> {
            let mut sum = 0;
            let start = Instant::now();
            for _ in 0..count {
                sum += call()?;
            }
            let time = start.elapsed();
            black_box(sum);
            Ok(time.as_nanos() as f64 / (count as f64 * times))
        };
        let seconds = match self.amount {
            Amount::Calls(count) => return batch(count),
            Amount::Seconds(seconds) => seconds,
        };
        // The warm-up says how many calls fill a millisecond.
        let mut count = 1;
        let warm = Instant::now();
        let mut ns = batch(count)?;
        while warm.elapsed() < Duration::from_millis(20) {
            count = (1e6 / (ns * times)) as u64 + 1;
            ns = batch(count)?;
        }
        let mut all = Vec::new();
        let start = Instant::now();
        loop {
            all.push(batch(count)?);
            if start.elapsed().as_secs_f64() >= seconds {
                break;
            }
        }
        let middle = all.len() / 2;
        Ok(*all.select_nth_unstable_by(middle, f64::total_cmp).1)
    }
}

/// What the sample plugins answer to `input`.
pub fn upper_cased(input: &str) -> String {
    format!(
        "[Processed by AnalyticsEngine v1.0.2]: {}",
        input.to_uppercase()
    )
}
