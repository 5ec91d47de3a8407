# Completion of the command mortise in bash: installed where bash looks for it. What can be given is
# asked of the command itself, so that this file knows no options.
_mortise() {
  local word=${COMP_WORDS[COMP_CWORD]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="$(mortise --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p') --help --version"
  elif [ "${COMP_WORDS[1]}" = cache ] && [ "$COMP_CWORD" -eq 2 ] && [[ $word != -* ]]; then
    words='ls verify clear'
  elif [[ $word == -* ]]; then
    words=$(mortise "${COMP_WORDS[1]}" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
  fi
  if [ -n "$words" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _mortise mortise
