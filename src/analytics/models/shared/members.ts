/** Comments on the two columns by which Sigma says that a member is no longer active. */

/** Sigma's API archives a member whom somebody deactivates. [spec] */
export const IS_ARCHIVED =
  'True once the member is archived: deactivated in Sigma. An archived member cannot sign in and has no access';

/** An identity provider deactivates through SCIM; Azure's members are archived 30 days later. [AE] */
export const IS_INACTIVE =
  'True once the identity provider deactivated the member through SCIM. An inactive member cannot sign in, and keeps grants';
