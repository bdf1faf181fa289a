# complete.zsh DIRECTORY WORK WORD… prints what the last word can become, one a line: a zsh on a
# terminal of its own, in which the matches that the completions of DIRECTORY add are written down in
# WORK as they come.
zmodload zsh/zpty
directory=$1 work=$2
shift 2

cat >$work/setup <<END
PROMPT= RPROMPT=
unset zle_bracketed_paste
autoload -Uz compinit && compinit -u -D
for name in chatctl chatd; do
    functions[_\$name]="\$(<${(q)directory}/\$name.zsh)"
    compdef _\$name \$name
done
compadd() {
    local -a found
    builtin compadd -O found "\$@"
    (( \$#found == 0 )) || print -rl -- \$found >>${(q)work}/matches
    builtin compadd "\$@"
}
complete-and-finish() {
    zle complete-word
    print -r -- DONE
    exit
}
zle -N complete-and-finish
bindkey '^I' complete-and-finish
zle-line-init() { print -r -- READY }
zle -N zle-line-init
END

: >$work/matches
zpty shell zsh -f -i
zpty -w shell "source ${(q)work}/setup"
zpty -r -m shell seen '*READY*'
zpty -w -n shell "${(j: :)@}"$'\t'
zpty -r -m shell seen '*DONE*'
zpty -d shell
sort -u $work/matches
