package desk

// SavePassword is the last step of setting a password, after the hashing.
var SavePassword = savePassword
