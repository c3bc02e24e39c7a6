/**
 * The SDK takes a number where a text should be and says so on the console it found when it was loaded, with a stack. Imported
 * before anything else, this keeps thousands of bent answers from filling the output of a test.
 */
Object.assign(console, { warn: () => undefined });
