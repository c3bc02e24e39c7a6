import * as errors from '../../../functions/domain/errors.ts';

const { errorNames, ConflictError, ...others } = errors;

describe('errors', () => {
  it.each(Object.entries(others))('%s carries its own name, message and cause', (name, ErrorClass) => {
    const cause = new Error('what the SDK threw');
    const error = new ErrorClass('what happened', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, message: 'what happened', cause });
  });

  it('ConflictError names the resources too', () => {
    const error = new ConflictError('held', ['s-1'], { cause: 'x' });
    expect(error).toMatchObject({ name: 'ConflictError', message: 'held', resourceIDs: ['s-1'], cause: 'x' });
  });

  it('lists every name a state machine may match, and no other', () => {
    expect([...errorNames].sort()).toEqual(['ConflictError', ...Object.keys(others)].sort());
  });
});
