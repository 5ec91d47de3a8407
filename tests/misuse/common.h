// What the cases share. They are compiled, never run: see check.cmake.
#pragma once

#include <utility>

#include <plugin_world.h>

using mortise::Engine;
using mortise::Error;
using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::Metadata;
using Plugin = mortise::Plugin<PluginWorld>;
using Instance = mortise::Instance<PluginWorld>;

// There are such things; where from is no matter here.
Instance& instance();
Plugin& plugin();
