/**
 * In place of `@aws/lambda-invoke-store` in the bundles: it keeps the invocations of one process apart that run at the same
 * time. Lambda's runtime brings a store of its own where that happens; here one comes after the other.
 */
export {};
