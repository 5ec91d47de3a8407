// The commands that are part of this program, one file each. main.cpp lists them.
//
// Each gets its own arguments, its name first, and returns an Exit (options.h). Results go to the
// standard output stream, all else to the standard error stream.
#pragma once

namespace mortise::cli {

int inspect(int count, char** arguments);
int audit(int count, char** arguments);
int check(int count, char** arguments);
int wit(int count, char** arguments);
int call(int count, char** arguments);
int cache(int count, char** arguments);
int compile(int count, char** arguments);
int doctor(int count, char** arguments);

}  // namespace mortise::cli
