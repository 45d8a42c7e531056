"""What words mean: job titles, e-mail domains, countries and event kinds, in German and English."""
