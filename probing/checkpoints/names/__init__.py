"""The one table of names: what tensors, modules and configurations of each architecture are called. Imports neither torch nor transformers.

`tensors` says what the name of a tensor says (its layer, its part, whether it is a parameter at all), `modules` what a module is,
`configuration` what sizes are called and which entries of a configuration belong to one layer each.
"""
