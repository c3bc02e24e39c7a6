import { styleText } from 'node:util';
import { wrapped } from '../../cli/live/wrap.ts';

it('leaves a line that fits as it is, blanks and all', () => {
  expect(wrapped('  web-1   verified', 18)).toEqual(['  web-1   verified']);
});

it('breaks at blanks and indents what follows', () => {
  expect(wrapped('It would terminate three test instances first.', 20)).toEqual([
    'It would terminate',
    '  three test',
    '  instances first.',
  ]);
});

it.each([
  ['    - the subnet is not there', ['    - the subnet', '      is not', '      there']],
  ['      Name another subnet', ['      Name', '      another', '      subnet']],
  ['  ⊘ web-1 (shop)  BLOCKED', ['  ⊘ web-1 (shop)', '    BLOCKED']],
])('keeps the text of %p below itself', (line, pieces) => {
  expect(wrapped(line, 16)).toEqual(pieces);
});

it('never breaks a command to paste, which a shell would take for two', () => {
  const command = 'mgn-cutover rollback night-1 --region eu-west-1';
  expect(wrapped(`  to bring it back: ${command}`, 40)).toEqual(['  to bring it back:', `    ${command}`]);
  const tag = 'aws mgn tag-resource --resource-arn arn:aws:mgn:x --tags a=b';
  expect(wrapped(`      If it may be cut over, say so: ${tag}`, 40)).toEqual([
    '      If it may be cut over, say so:',
    `        ${tag}`,
  ]);
});

it('keeps a word that is longer than a line whole', () => {
  expect(wrapped('see arn:aws:mgn:eu-west-1:123456789012:source-server/s-1 now', 20)).toEqual([
    'see',
    '  arn:aws:mgn:eu-west-1:123456789012:source-server/s-1',
    '  now',
  ]);
});

it('does not count colours', () => {
  const red = styleText('red', 'BLOCKED', { validateStream: false });
  expect(wrapped(`web-1 ${red}`, 13)).toEqual([`web-1 ${red}`]);
  expect(wrapped(`web-1 ${red} and more`, 13)).toEqual([`web-1 ${red}`, '  and more']);
});
