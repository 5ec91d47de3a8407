# Completion of the command mortise in fish: installed where fish looks for it. What can be given is
# asked of the command itself, so that this file knows no options.
function __mortise_is_first
    test (count (commandline -opc)) -eq 1
end
function __mortise_commands
    mortise --help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)' '$1\t$2'
    printf '%s\t%s\n' --help 'what there is' --version 'which version this is'
end
function __mortise_options
    mortise (commandline -opc)[2] --help 2>/dev/null | string match -ra -- '--[a-z][a-z-]*' | sort -u
end
complete -c mortise -n __mortise_is_first -f -a '(__mortise_commands)'
complete -c mortise -n 'test (count (commandline -opc)) -eq 2; and test (commandline -opc)[2] = cache' \
    -f -a 'ls verify clear'
complete -c mortise -n 'not __mortise_is_first; and string match -q -- "-*" (commandline -ct)' \
    -f -a '(__mortise_options)'
