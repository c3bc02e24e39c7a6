/** `completion`: the script by which a shell completes what is typed, made from the verbs and flags there are. */
import { Argument } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { grammarOf } from '../completion/grammar.ts';
import { zshScript } from '../completion/zsh.ts';
import { exitCodes } from '../exit-code.ts';
import { withHelp, type VerbContext } from '../verb.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

const installation = `
To install it:
  bash  add to ~/.bashrc:
          source <(mgn-cutover completion bash)
  zsh   add to ~/.zshrc, after compinit:
          source <(mgn-cutover completion zsh)
  fish  once, and again after an upgrade:
          mgn-cutover completion fish > ~/.config/fish/completions/mgn-cutover.fish

It completes verbs, flags and files, and from the ledger of this machine the
names of runs and of source servers. It asks no network. The shell has to find
mgn-cutover itself (npm link); what is typed after npx is not completed.`;

/** Registers `completion`. */
export function addCompletion({ command, io, end }: VerbContext): void {
  const completion = command('completion', 'print the script that completes verbs, flags and names in a shell');
  completion
    .addArgument(new Argument('<SHELL>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText('after', installation)
    .action((shell: keyof typeof scripts) => {
      const program = completion.parent ?? completion;
      io.stdout.write(scripts[shell](program.name(), grammarOf(program)));
      end(exitCodes.done);
    });
  withHelp(completion, {
    examples: ['completion bash'],
    exitCodes: { 0: 'the script is printed', 2: 'there is no script for that shell' },
  });
}
