"""From the files a company has to a workspace: what each column means, what is to be predicted, what leaks."""
