//! `mortise build` writes bindings/, runs `zig build` for the core module, and makes a component of it.
//! `zig build test` runs the tests of src/ on this machine.

const std = @import("std");

pub fn build(b: *std.Build) void {
    const wasi = b.option(bool, "wasi", "with WASI, as wasi = \"p2\" in mortise.toml asks") orelse false;
    const optimize = b.option(
        std.lang.Optimize,
        "optimize",
        "safe: with checks, which cost 2 KiB; fast or small: without; debug: as --debug wants it",
    ) orelse .safe;

    const target = b.resolveTargetQuery(.{
        .cpu_arch = .wasm32,
        .os_tag = if (wasi) .wasi else .freestanding,
        .cpu_features_add = std.Target.wasm.featureSet(&.{ .bulk_memory, .nontrapping_fptoint, .sign_ext, .simd128 }),
    });
    const component = b.addExecutable(.{
        .name = "plugin",
        .root_module = modules(b, target, optimize).world,
    });
    component.entry = .disabled;
    component.wasi_exec_model = if (wasi) .reactor else null;
    component.rdynamic = true;
    component.stack_size = 256 * 1024;
    b.installArtifact(component);

    const tests = b.addTest(.{ .root_module = modules(b, b.resolveTargetQuery(.{}), .debug).plugin });
    b.step("test", "Run the tests of src/").dependOn(&b.addRunArtifact(tests).step);
}

/// The plugin uses the bindings, and these export what it has.
fn modules(b: *std.Build, target: std.Build.ResolvedTarget, optimize: std.lang.Optimize) struct {
    plugin: *std.Build.Module,
    world: *std.Build.Module,
} {
    const plugin = b.createModule(.{
        .root_source_file = b.path("src/plugin.zig"),
        .target = target,
        .optimize = optimize,
        // `mortise build` does that, and leaves names.
        .strip = false,
    });
    const world = b.createModule(.{
        .root_source_file = b.path("bindings/world.zig"),
        .target = target,
        .optimize = optimize,
        .strip = false,
    });
    plugin.addImport("world", world);
    world.addImport("plugin", plugin);
    return .{ .plugin = plugin, .world = world };
}
