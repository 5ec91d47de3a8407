//! What ends a plugin. A component that imports nothing cannot say why; but backtraces have the names
//! of functions, so each reason is one. With WASI it is said on the standard error stream too.

const std = @import("std");
const builtin = @import("builtin");

/// `@panic` and failed checks end here: Zig looks for this namespace in the root of a program.
pub const panic = struct {
    pub noinline fn call(message: []const u8, _: ?usize) noreturn {
        say(message);
        stop("panic");
    }

    pub noinline fn sentinelMismatch(_: anytype, _: anytype) noreturn {
        end("sentinel mismatch");
    }

    pub noinline fn unwrapError(_: anyerror) noreturn {
        end("attempt to unwrap error");
    }

    pub noinline fn outOfBounds(_: usize, _: usize) noreturn {
        end("index out of bounds");
    }

    pub noinline fn startGreaterThanEnd(_: usize, _: usize) noreturn {
        end("start index is larger than end index");
    }

    pub noinline fn inactiveUnionField(_: anytype, _: anytype) noreturn {
        end("access of inactive union field");
    }

    pub noinline fn sliceCastLenRemainder(_: usize) noreturn {
        end("slice length does not divide exactly into destination elements");
    }

    pub noinline fn reachedUnreachable() noreturn {
        end("reached unreachable code");
    }

    pub noinline fn unwrapNull() noreturn {
        end("attempt to use null value");
    }

    pub noinline fn castToNull() noreturn {
        end("cast causes pointer to be null");
    }

    pub noinline fn incorrectAlignment() noreturn {
        end("incorrect alignment");
    }

    pub noinline fn invalidErrorCode() noreturn {
        end("invalid error code");
    }

    pub noinline fn unexpectedErrorCode(_: anyerror) noreturn {
        end("unexpected error code");
    }

    pub noinline fn integerOutOfBounds() noreturn {
        end("integer does not fit in destination type");
    }

    pub noinline fn integerOverflow() noreturn {
        end("integer overflow");
    }

    pub noinline fn shlOverflow() noreturn {
        end("left shift overflowed bits");
    }

    pub noinline fn shrOverflow() noreturn {
        end("right shift overflowed bits");
    }

    pub noinline fn divideByZero() noreturn {
        end("division by zero");
    }

    pub noinline fn exactDivisionRemainder() noreturn {
        end("exact division produced remainder");
    }

    pub noinline fn integerPartOutOfBounds() noreturn {
        end("integer part of floating point value out of bounds");
    }

    pub noinline fn corruptSwitch() noreturn {
        end("switch on corrupt value");
    }

    pub noinline fn shiftRhsTooBig() noreturn {
        end("shift amount is greater than the type size");
    }

    pub noinline fn invalidEnumValue() noreturn {
        end("invalid enum value");
    }

    pub noinline fn forLenMismatch() noreturn {
        end("for loop over objects with non-equal lengths");
    }

    pub noinline fn copyLenMismatch() noreturn {
        end("source and destination have non-equal lengths");
    }

    pub noinline fn memcpyAlias() noreturn {
        end("@memcpy arguments alias");
    }

    pub noinline fn noreturnReturned() noreturn {
        end("'noreturn' function returned");
    }

    pub noinline fn loadUninstantiableType() noreturn {
        end("attempt to load uninstantiable type");
    }
};

pub noinline fn outOfMemory() noreturn {
    end("out of memory");
}

/// Stubs call it.
pub noinline fn notImplemented() noreturn {
    end("not implemented");
}

/// An exported function returned an error of Zig's, which no contract has.
pub fn fail(failure: anytype) noreturn {
    if (@typeInfo(@TypeOf(failure)).error_set.error_names == null) Failed("anyerror").trap();
    switch (failure) {
        inline else => |one| Failed(@errorName(one)).trap(),
    }
}

fn Failed(comptime name: []const u8) type {
    return struct {
        const message = "error." ++ name;

        noinline fn trap() noreturn {
            end(message);
        }
    };
}

inline fn end(comptime message: []const u8) noreturn {
    say(message);
    stop(message);
}

inline fn stop(comptime reason: []const u8) noreturn {
    // A comment, and no instruction: else the functions above would be the same, and be made one.
    if (builtin.target.cpu.arch.isWasm()) asm volatile ("# " ++ reason);
    @trap();
}

fn say(message: []const u8) void {
    if (builtin.os.tag != .wasi) return;
    // What answers for WASI 0.1 writes one part at a time.
    for ([_][]const u8{ message, "\n" }) |part| {
        var written: usize = undefined;
        _ = std.os.wasi.fd_write(2, &.{.{ .base = part.ptr, .len = part.len }}, 1, &written);
    }
}
