/** Values that the newest API model adds to enums which the pinned SDK still has without them (`mgn.md` A.8). */
import type { ActionCategory, BootMode, SsmParameterStoreParameterType } from '@aws-sdk/client-mgn';

/** An SDK shape with the newest model's values wherever an enum gained some; callers of newer clients send them. */
export type Newest<Shape> = Shape extends BootMode
  ? Shape | 'USE_SOURCE'
  : Shape extends SsmParameterStoreParameterType
    ? Shape | 'SECURE_STRING'
    : Shape extends ActionCategory
      ? Shape | 'REFACTORING'
      : Shape extends object
        ? { [Member in keyof Shape]: Newest<Shape[Member]> }
        : Shape;
