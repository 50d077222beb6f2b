# Gives the administrator the Secret's password in a database that is there already. Grafana starts all the same without.
[ -s /var/lib/grafana/grafana.db ] || exit 0
printf '%s\n' "$GF_SECURITY_ADMIN_PASSWORD" |
    grafana cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin >/dev/null ||
    echo "The administrator keeps the password of before." >&2
