//! The built program in a temporary folder: standard output, standard error, exit codes.
