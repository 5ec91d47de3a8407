#compdef mortise
# Completion of the command mortise in zsh: installed as _mortise where zsh looks for it. What can be
# given is asked of the command itself, so that this file knows no options.
_mortise() {
  local -a found
  if ((CURRENT == 2)); then
    found=(${(f)"$(mortise --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1:\2/p')"})
    found+=('--help:what there is' '--version:which version this is')
    _describe command found
  elif [[ $words[2] == cache && $words[CURRENT] != -* ]] && ((CURRENT == 3)); then
    found=(ls verify clear)
    _describe action found
  elif [[ $words[CURRENT] == -* ]]; then
    found=(${(f)"$(mortise $words[2] --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)"})
    _describe option found
  else
    _files
  fi
}
_mortise "$@"
