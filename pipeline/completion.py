"""Completion for bash and zsh: a script written from the parser, so that it never falls behind the commands."""

import argparse
import string

BASH = string.Template("""\
# Completion of truemorph for bash; once: eval "$$(truemorph completion bash)"
_truemorph() {
    local word="$${COMP_WORDS[COMP_CWORD]}" before="$${COMP_WORDS[COMP_CWORD-1]}" command="$${COMP_WORDS[1]}"
    compopt -o default 2> /dev/null
    if [ "$$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($$(compgen -W "$commands" -- "$$word"))
        return
    fi
    case "$$command $$before" in
$choices    esac
    [[ "$$word" == -* ]] || { COMPREPLY=(); return; }
    case "$$command" in
$options    esac
}
complete -F _truemorph truemorph
""")
ZSH = string.Template("""\
#compdef truemorph
# Completion of truemorph for zsh; once: eval "$$(truemorph completion zsh)", after compinit
_truemorph() {
    local -a commands
    commands=(
$commands    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    shift words
    (( CURRENT-- ))
    case "$$words[1]" in
$options    esac
}
compdef _truemorph truemorph
""")


def script(shell: str, commands: dict[str, argparse.ArgumentParser], what: dict[str, str]) -> str:
    """The completion script of a shell.

    Args:
        shell: 'bash' or 'zsh'.
        commands: the parser of each command.
        what: the help of each command in one line.
    """
    return _bash(commands) if shell == "bash" else _zsh(commands, what)


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.option_strings]


def _bash(commands: dict[str, argparse.ArgumentParser]) -> str:
    choices, options = [], []
    for name, parser in commands.items():
        words = " ".join(word for action in _options(parser) for word in action.option_strings)
        options.append(f'        {name}) COMPREPLY=($(compgen -W "{words}" -- "$word")) ;;\n')
        for action in _options(parser):
            if action.choices:
                pattern = "|".join(f'"{name} {word}"' for word in action.option_strings)
                words = " ".join(map(str, action.choices))
                choices.append(f'        {pattern}) COMPREPLY=($(compgen -W "{words}" -- "$word")); return ;;\n')
    return BASH.substitute(commands=" ".join(commands), choices="".join(choices), options="".join(options))


def _zsh(commands: dict[str, argparse.ArgumentParser], what: dict[str, str]) -> str:
    listed = "".join(f"        '{name}:{_zsh_text(what[name])}'\n" for name in commands)
    options = []
    for name, parser in commands.items():
        specs = [spec for action in parser._actions for spec in _zsh_specs(action)]
        lines = " \\\n            ".join(["_arguments", *specs])
        options.append(f"        {name}) {lines} ;;\n")
    return ZSH.substitute(commands=listed, options="".join(options))


def _zsh_specs(action: argparse.Action) -> list[str]:
    """What _arguments is told of one option or positional."""
    takes = action.nargs != 0
    values = f"({' '.join(map(str, action.choices))})" if action.choices else "_files"
    if not action.option_strings:
        return [f"'{'*' if action.nargs in ('*', '+') else ''}:{action.dest}:{values}'"]
    text = _zsh_text(action.help or str(action.metavar or action.dest))
    repeated = "*" if isinstance(action, argparse._AppendAction) else ""
    return [
        f"'{repeated}{word}[{text}]{f':{action.dest}:{values}' if takes else ''}'" for word in action.option_strings
    ]


def _zsh_text(text: str) -> str:
    """Help as it may stand within quotes and brackets."""
    return "".join(" " if letter in "'[]:\\" else letter for letter in text)
